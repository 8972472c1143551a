"""The steps of `simd` as LLVM instructions for any processor, for numba to put into kernels."""

# numba hands these functions its own typing objects, which carry no usable types.
# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"

from __future__ import annotations

from ctypes import addressof
from typing import Any

from llvmlite import binding, ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from dedup.runtime.simd import BLOCK, HINTS, LANES, UNITS
from dedup.runtime.table_key import TABLE_KEY, TABLE_KEY_SYMBOL

_I8, _I16, _I32, _I64 = (ir.IntType(bits) for bits in (8, 16, 32, 64))
_BYTES = ir.VectorType(_I8, BLOCK)
_WORDS = ir.VectorType(_I32, LANES)
_FLOATS = ir.VectorType(ir.FloatType(), LANES)


def _data(context: Any, builder: Any, signature: Any, args: Any, index: int) -> Any:
    """Pointer to the data of the array argument `index`."""
    return cgutils.create_struct_proxy(signature.args[index])(context, builder, args[index]).data


@intrinsic
def load8(typingctx, array, position):
    """`array[position : position + 8]` of a uint8 array as a little-endian uint64, at any alignment."""

    def codegen(context, builder, signature, args):
        pointer = builder.gep(_data(context, builder, signature, args, 0), [args[1]])
        value = builder.load(builder.bitcast(pointer, _I64.as_pointer()))
        value.align = 1
        return value

    return types.uint64(array, types.uint64), codegen


binding.add_symbol(TABLE_KEY_SYMBOL, addressof(TABLE_KEY))


@intrinsic
def table_key(typingctx):
    """The two numbers of TABLE_KEY."""

    def codegen(context, builder, signature, args):
        pair = ir.ArrayType(_I64, 2)
        key = cgutils.add_global_variable(builder.module, pair, TABLE_KEY_SYMBOL)
        both = builder.load(key)
        numbers = [builder.extract_value(both, index) for index in range(2)]
        return context.make_tuple(builder, signature.return_type, numbers)

    return types.UniTuple(types.uint64, 2)(), codegen


@intrinsic
def trailing_zeros(typingctx, value):
    """Number of zero bits below the lowest one bit of a uint64; 64 for zero."""

    def codegen(context, builder, signature, args):
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 0))

    return types.uint64(types.uint64), codegen


class _Bytes:
    """Tests on a vector of bytes; each gives a vector of bits."""

    def __init__(self, builder: Any, vector: Any) -> None:
        self.builder, self.vector = builder, vector

    def splat(self, value: int) -> Any:
        return ir.Constant(_BYTES, [value] * BLOCK)

    def within(self, vector: Any, low: str, count: int) -> Any:
        return self.builder.icmp_unsigned("<", self.builder.sub(vector, self.splat(ord(low))), self.splat(count))

    def digit(self) -> Any:
        return self.within(self.vector, "0", 10)

    def letter(self) -> Any:
        return self.within(self.builder.or_(self.vector, self.splat(0x20)), "a", 26)

    def high(self) -> Any:
        return self.builder.icmp_signed("<", self.vector, self.splat(0))


@intrinsic
def classify(typingctx, array, position):
    """Six masks of 64 bits for the bytes from `position` of a uint8 array.

    The byte may belong to a word: an ASCII letter or digit, any byte of a non-ASCII character; the latter alone: the
    run they stand in needs the slow path; an ASCII letter; a small one; "0" or "1"; "I".
    """

    def codegen(context, builder, signature, args):
        pointer = builder.gep(_data(context, builder, signature, args, 0), [args[1]])
        vector = builder.load(builder.bitcast(pointer, _BYTES.as_pointer()))
        vector.align = 1
        here = _Bytes(builder, vector)
        special, letter = here.high(), here.letter()
        word = builder.or_(builder.or_(letter, here.digit()), special)
        figure = here.within(vector, "0", 2)
        capital = builder.icmp_unsigned("==", vector, here.splat(ord("I")))
        small = here.within(vector, "a", 26)
        masks = [builder.bitcast(bits, _I64) for bits in (word, special, letter, small, figure, capital)]
        return context.make_tuple(builder, signature.return_type, masks)

    return types.UniTuple(types.uint64, 6)(array, types.uint64), codegen


@intrinsic
def hints(typingctx, array, position):
    """Mask of 64 bits: at which of the 64 bytes from `position` of a uint8 array one of HINTS may begin.

    Bit 0x20 of the bytes is not looked at, so capitals count as small letters; three bytes after are read too.
    """

    def codegen(context, builder, signature, args):
        case = ir.Constant(_BYTES, [0x20] * BLOCK)
        shifted = []
        for offset in range(4):
            place = builder.add(args[1], ir.Constant(_I64, offset))
            pointer = builder.gep(_data(context, builder, signature, args, 0), [place])
            vector = builder.load(builder.bitcast(pointer, _BYTES.as_pointer()))
            vector.align = 1
            shifted.append(_Bytes(builder, builder.or_(vector, case)))
        brackets = shifted[0].within(shifted[0].vector, "{", 2)
        for needle in HINTS[1:]:
            places = [
                builder.icmp_unsigned("==", here.vector, here.splat(ord(char)))
                for here, char in zip(shifted, needle, strict=False)
                if char != "?"
            ]
            found = places[0]
            for place in places[1:]:
                found = builder.and_(found, place)
            brackets = builder.or_(brackets, found)
        return builder.bitcast(brackets, _I64)

    return types.uint64(array, types.uint64), codegen


@intrinsic
def same_places(typingctx, array, position, wanted):
    """Mask of 16 bits (in a uint64): which of the 16 numbers from `position` of a uint16 array are `wanted`."""

    def codegen(context, builder, signature, args):
        lanes = ir.VectorType(_I16, LANES)
        pointer = builder.gep(_data(context, builder, signature, args, 0), [args[1]])
        vector = builder.load(builder.bitcast(pointer, lanes.as_pointer()))
        vector.align = 2
        one = builder.insert_element(ir.Constant(lanes, ir.Undefined), args[2], ir.Constant(_I32, 0))
        splat = builder.shuffle_vector(one, one, ir.Constant(_WORDS, [0] * LANES))
        same = builder.icmp_unsigned("==", vector, splat)
        return builder.zext(builder.bitcast(same, _I16), _I64)

    return types.uint64(array, types.uint64, types.uint16), codegen


@intrinsic
def min_affine(typingctx, hashes, count, a, b, out, first):
    """`out[k] = min(a[k] * hashes[:count] + b[k] mod 2**32)` for the four k from `first`; all arrays are uint32.

    Four permutations at a time over all hashes keep the four minima in registers, so that each hash is loaded once
    for four products. `count` must be a multiple of LANES.
    """

    def codegen(context, builder, signature, args):
        hashes, a, b, out = (_data(context, builder, signature, args, index) for index in (0, 2, 3, 4))
        undefined = ir.Constant(_WORDS, ir.Undefined)

        def splat(pointer: Any) -> Any:
            one = builder.insert_element(undefined, builder.load(pointer), ir.Constant(_I32, 0))
            return builder.shuffle_vector(one, undefined, ir.Constant(_WORDS, [0] * LANES))

        places = [builder.add(args[5], ir.Constant(_I64, lane)) for lane in range(4)]
        factors = [splat(builder.gep(a, [place])) for place in places]
        offsets = [splat(builder.gep(b, [place])) for place in places]
        minima = [cgutils.alloca_once_value(builder, ir.Constant(_WORDS, [0xFFFFFFFF] * LANES)) for _ in places]
        lower = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(_WORDS, [_WORDS, _WORDS]), f"llvm.umin.v{LANES}i32"
        )
        lowest = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(_I32, [_WORDS]), f"llvm.vector.reduce.umin.v{LANES}i32"
        )
        step = ir.Constant(_I64, LANES)
        with cgutils.for_range_slice(builder, ir.Constant(_I64, 0), args[1], step, _I64) as (index, _):
            value = builder.load(builder.bitcast(builder.gep(hashes, [index]), _WORDS.as_pointer()))
            value.align = 4
            for factor, offset, minimum in zip(factors, offsets, minima, strict=True):
                permuted = builder.add(builder.mul(value, factor), offset)
                builder.store(builder.call(lower, [builder.load(minimum), permuted]), minimum)
        for place, minimum in zip(places, minima, strict=True):
            builder.store(builder.call(lowest, [builder.load(minimum)]), builder.gep(out, [place]))
        return context.get_dummy_value()

    signature = types.void(hashes, types.uint64, a, b, out, types.uint64)
    return signature, codegen


@intrinsic
def add_units(typingctx, values, places, weights, offsets, second, unit, at, out):
    """What the UNITS hidden units from `unit` on say of LANES places, added to `out[at : at + LANES]`.

    A unit sums up `weights[unit * taps + tap] * values[places[tap] + at + lane]` over all taps and its offset, and says
    `second[unit]` times that, if it is above 0. `places` (taps,) and `unit`, `at` are int64, all others float32; that
    many places stay in registers while all taps are gone through, so that each number is loaded once for four products.
    """

    def codegen(context, builder, signature, args):
        values, places, weights, offsets, second, out = (
            _data(context, builder, signature, args, index) for index in (0, 1, 2, 3, 4, 7)
        )
        taps = builder.extract_value(cgutils.create_struct_proxy(signature.args[1])(context, builder, args[1]).shape, 0)
        undefined, zeros = ir.Constant(_FLOATS, ir.Undefined), ir.Constant(_FLOATS, [0.0] * LANES)
        added = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(_FLOATS, [_FLOATS] * 3), f"llvm.fmuladd.v{LANES}f32"
        )

        def splat(array: Any, index: Any) -> Any:
            number = builder.load(builder.gep(array, [index]))
            one = builder.insert_element(undefined, number, ir.Constant(_I32, 0))
            return builder.shuffle_vector(one, undefined, ir.Constant(ir.VectorType(_I32, LANES), [0] * LANES))

        def vector(array: Any, index: Any) -> Any:
            return builder.bitcast(builder.gep(array, [index]), _FLOATS.as_pointer())

        units = [builder.add(args[5], ir.Constant(_I64, number)) for number in range(UNITS)]
        begins = [builder.mul(number, taps) for number in units]
        sums = [cgutils.alloca_once_value(builder, zeros) for _ in units]
        for total, number in zip(sums, units, strict=True):
            builder.store(splat(offsets, number), total)
        with cgutils.for_range(builder, taps) as loop:
            place = builder.add(builder.load(builder.gep(places, [loop.index])), args[6])
            value = builder.load(vector(values, place))
            value.align = 4
            for total, begin in zip(sums, begins, strict=True):
                weight = splat(weights, builder.add(begin, loop.index))
                builder.store(builder.call(added, [value, weight, builder.load(total)]), total)
        result = builder.load(vector(out, args[6]))
        result.align = 4
        for total, number in zip(sums, units, strict=True):
            said = builder.load(total)
            said = builder.select(builder.fcmp_ordered(">", said, zeros), said, zeros)
            result = builder.call(added, [said, splat(second, number), result])
        builder.store(result, vector(out, args[6])).align = 4
        return context.get_dummy_value()

    return types.void(values, places, weights, offsets, second, types.int64, types.int64, out), codegen
