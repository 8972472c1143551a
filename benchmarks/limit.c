/* What this machine can do: MinHash of word 5-grams in C, one thread.

   limit TEXTS REPEATS: TEXTS is an int64 count, as many int64 sizes, then the texts one after the other. Prints, best
   of REPEATS, nanoseconds a shingle of (1) lower-casing, cutting into words and hashing shingles, and (2) 128 affine
   permutations and their minima. Words are runs of ASCII letters and digits and of any byte from 0x80: no Unicode, no
   apostrophes, no numbers with points. Compile with -O3 -march=native: AVX-512 or AVX2 where there is one. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#if defined(__AVX2__) || defined(__AVX512BW__)
#include <immintrin.h>
#endif

enum { NGRAM = 5, PERMUTATIONS = 128, PAD = 128 };
#define PRIME 0x9E3779B97F4A7C15u
#define FINAL 0xD6E8FEB86659FD93u
#define CASE 0x2020202020202020u

/* One bit for each of the 64 bytes at `text`: 1 for a byte of a word. */
static inline uint64_t word_bytes(const uint8_t *text) {
#if defined(__AVX512BW__)
    __m512i raw = _mm512_loadu_si512(text), low = _mm512_or_si512(raw, _mm512_set1_epi8(0x20));
    __mmask64 letter = _mm512_cmplt_epu8_mask(_mm512_sub_epi8(low, _mm512_set1_epi8('a')), _mm512_set1_epi8(26));
    __mmask64 digit = _mm512_cmplt_epu8_mask(_mm512_sub_epi8(raw, _mm512_set1_epi8('0')), _mm512_set1_epi8(10));
    return letter | digit | _mm512_movepi8_mask(raw);
#elif defined(__AVX2__)
    uint64_t bits = 0;
    for (int half = 0; half < 2; half++) {
        __m256i raw = _mm256_loadu_si256((const __m256i *)(text + 32 * half));
        __m256i low = _mm256_or_si256(raw, _mm256_set1_epi8(0x20));
        __m256i from_a = _mm256_sub_epi8(low, _mm256_set1_epi8('a')), from_0 = _mm256_sub_epi8(raw, _mm256_set1_epi8('0'));
        __m256i letter = _mm256_cmpeq_epi8(_mm256_min_epu8(from_a, _mm256_set1_epi8(25)), from_a);
        __m256i digit = _mm256_cmpeq_epi8(_mm256_min_epu8(from_0, _mm256_set1_epi8(9)), from_0);
        __m256i any = _mm256_or_si256(_mm256_or_si256(letter, digit), raw);
        bits |= (uint64_t)(uint32_t)_mm256_movemask_epi8(any) << (32 * half);
    }
    return bits;
#else
    uint64_t bits = 0;
    for (int place = 0; place < 64; place++) {
        uint8_t raw = text[place];
        uint64_t is = (uint8_t)((raw | 0x20) - 'a') < 26 || (uint8_t)(raw - '0') < 10 || raw >= 0x80;
        bits |= is << place;
    }
    return bits;
#endif
}

static inline uint64_t mix(uint64_t state, uint64_t block) {
    uint64_t product = (state ^ block) * PRIME;
    return product ^ product >> 32;
}

static inline uint64_t load8(const uint8_t *text) {
    uint64_t value;
    memcpy(&value, text, 8);
    return value;
}

/* Hash of one word, lower-cased eight bytes at a time. */
static inline uint64_t word_hash(const uint8_t *text, int64_t size) {
    uint64_t state = FINAL;
    for (; size > 8; size -= 8, text += 8) state = mix(state, load8(text) | CASE);
    return mix(state, (load8(text) | CASE) & (~0ull >> (64 - 8 * size)));
}

/* Hashes of the words of one text; returns their number. */
static int64_t words_of(const uint8_t *text, int64_t size, uint32_t *edges, uint64_t *words) {
    int64_t count = 0, found = 0;
    uint64_t carry = 0;
    for (int64_t at = 0; at < size; at += 64) {
        uint64_t inside = word_bytes(text + at);
        if (size - at < 64) inside &= (1ull << (size - at)) - 1;
        uint64_t flips = inside ^ (inside << 1 | carry);
        carry = inside >> 63;
        for (; flips; flips &= flips - 1) edges[count++] = (uint32_t)(at + __builtin_ctzll(flips));
    }
    if (carry) edges[count++] = (uint32_t)size;
    for (int64_t edge = 0; edge < count; edge += 2)
        words[found++] = word_hash(text + edges[edge], edges[edge + 1] - edges[edge]);
    return found;
}

/* Hashes of the shingles; returns their number. */
static int64_t shingles_of(const uint64_t *words, int64_t count, const uint64_t *keys, uint32_t *out) {
    int64_t total = count - NGRAM + 1;
    for (int64_t place = 0; place < total; place++) {
        uint64_t sum = 0;
        for (int step = 0; step < NGRAM; step++) sum += words[place + step] * keys[step];
        out[place] = (uint32_t)((sum ^ sum >> 29) * FINAL >> 32);
    }
    return total > 0 ? total : 0;
}

/* Four permutations at a time, so that each hash is loaded once for four products. `total` > 0, sixteen spare places
   after it: whole vectors, no rest. */
static void signature_of(uint32_t *hashes, int64_t total, const uint32_t *a, const uint32_t *b, uint32_t *out) {
    int64_t padded = (total + 15) & ~15ll;
    for (int64_t place = total; place < padded; place++) hashes[place] = hashes[0];
    for (int first = 0; first < PERMUTATIONS; first += 4) {
#if defined(__AVX512F__)
        __m512i least[4], factor[4], offset[4];
        for (int step = 0; step < 4; step++) {
            least[step] = _mm512_set1_epi32(-1);
            factor[step] = _mm512_set1_epi32((int)a[first + step]);
            offset[step] = _mm512_set1_epi32((int)b[first + step]);
        }
        for (int64_t place = 0; place < padded; place += 16) {
            __m512i hash = _mm512_loadu_si512(hashes + place);
            for (int step = 0; step < 4; step++) {
                __m512i value = _mm512_add_epi32(_mm512_mullo_epi32(hash, factor[step]), offset[step]);
                least[step] = _mm512_min_epu32(least[step], value);
            }
        }
        for (int step = 0; step < 4; step++) out[first + step] = _mm512_reduce_min_epu32(least[step]);
#else /* the compiler makes vectors of this */
        uint32_t least0 = ~0u, least1 = ~0u, least2 = ~0u, least3 = ~0u;
        for (int64_t place = 0; place < padded; place++) {
            uint32_t hash = hashes[place];
            uint32_t one = hash * a[first] + b[first], two = hash * a[first + 1] + b[first + 1];
            uint32_t three = hash * a[first + 2] + b[first + 2], four = hash * a[first + 3] + b[first + 3];
            least0 = one < least0 ? one : least0;
            least1 = two < least1 ? two : least1;
            least2 = three < least2 ? three : least2;
            least3 = four < least3 ? four : least3;
        }
        out[first] = least0;
        out[first + 1] = least1;
        out[first + 2] = least2;
        out[first + 3] = least3;
#endif
    }
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static uint64_t next_random(uint64_t *state) {
    uint64_t value = *state += PRIME;
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9u;
    value = (value ^ value >> 27) * 0x94D049BB133111EBu;
    return value ^ value >> 31;
}

int main(int argc, char **argv) {
    FILE *in = argc == 3 ? fopen(argv[1], "rb") : NULL;
    int64_t documents = 0, bytes = 0, longest = 0;
    if (!in || fread(&documents, 8, 1, in) != 1) return 2;
    int64_t *sizes = malloc(8 * (size_t)documents), *starts = malloc(8 * (size_t)documents);
    int64_t *counts = malloc(8 * (size_t)documents);
    if (fread(sizes, 8, (size_t)documents, in) != (size_t)documents) return 2;
    for (int64_t text = 0; text < documents; text++) {
        bytes += sizes[text];
        if (sizes[text] > longest) longest = sizes[text];
    }
    uint8_t *texts = calloc(1, (size_t)bytes + PAD);
    if (fread(texts, 1, (size_t)bytes, in) != (size_t)bytes) return 2;
    uint32_t *edges = malloc(4 * (size_t)(longest + 2)), *hashes = malloc(4 * (size_t)(bytes / 2 + 2 + 16 * documents));
    uint64_t *words = malloc(8 * (size_t)(longest / 2 + 2)), keys[NGRAM], state = 1;
    uint32_t a[PERMUTATIONS], b[PERMUTATIONS], signature[PERMUTATIONS];
    for (int key = 0; key < NGRAM; key++) keys[key] = next_random(&state) | 1;
    for (int place = 0; place < PERMUTATIONS; place++) {
        a[place] = (uint32_t)next_random(&state) | 1;
        b[place] = (uint32_t)next_random(&state);
    }
    double best_words = 1e300, best_signature = 1e300;
    uint64_t check = 0;
    int64_t total = 0;
    for (int repeat = atoi(argv[2]); repeat > 0; repeat--) {
        double begin = now();
        const uint8_t *text = texts;
        int64_t room = total = 0;
        for (int64_t number = 0; number < documents; text += sizes[number++]) {
            starts[number] = room;
            counts[number] = shingles_of(words, words_of(text, sizes[number], edges, words), keys, hashes + room);
            room += counts[number] + 16;
            total += counts[number];
        }
        double middle = now();
        for (int64_t number = 0; number < documents; number++) {
            if (counts[number]) signature_of(hashes + starts[number], counts[number], a, b, signature);
            check += signature[number % PERMUTATIONS];
        }
        double end = now();
        if (middle - begin < best_words) best_words = middle - begin;
        if (end - middle < best_signature) best_signature = end - middle;
    }
    printf("{\"shingles\": %lld, \"words_ns\": %.4f, \"signature_ns\": %.4f, \"check\": %llu}\n", (long long)total,
           best_words / (double)total, best_signature / (double)total, (unsigned long long)check);
    return 0;
}
