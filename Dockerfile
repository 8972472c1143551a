# docker build -t dedup .
# docker run --rm -v "$PWD:/work:ro" dedup scan news/
FROM python:3.12.8-slim-bookworm AS build
WORKDIR /src
COPY . .
# On x86-64 the wheel brings the machine code of the kernels (processors with AVX2), so that no container compiles anew.
RUN python -m pip install --no-cache-dir . \
    && if [ "$(uname -m)" = x86_64 ]; then python -m benchmarks.wheel /dist; \
    else python -m pip wheel --no-cache-dir --no-deps --wheel-dir /dist .; fi

FROM python:3.12.8-slim-bookworm
RUN --mount=type=bind,from=build,source=/dist,target=/dist \
    python -m pip install --no-cache-dir /dist/*.whl \
    && useradd --create-home --uid 10001 dedup
USER 10001
# Kernels that are compiled all the same, and the index: mount a volume to keep them.
ENV NUMBA_CACHE_DIR=/home/dedup/.cache/numba
WORKDIR /work
ENTRYPOINT ["dedup"]
CMD ["--help"]
