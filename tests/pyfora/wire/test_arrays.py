import pytest

from pyfora.wire.arrays import DTYPE, item_size


def test_every_plain_dtype_of_numpy_may_travel_and_has_its_size():
    numpy = pytest.importorskip("numpy")
    for code in [*"?bBhHiIlLqQefdFD", "S3", "U5", "M8[ns]", "M8[15us]", "m8", "m8[D]"]:
        dtype = numpy.dtype(code)
        assert DTYPE.fullmatch(dtype.str), dtype.str
        assert item_size(dtype.str) == dtype.itemsize


@pytest.mark.parametrize(
    "dtype", ["|O", "<O8", "|V8", ">i4", "=i4", "i4", "<i16", "<f16", "<c32", "|S0", "<U0", "<M8[x]", "<i4,<i4", "<M4", ""]
)
def test_what_has_no_fixed_plain_layout_may_not(dtype):
    assert not DTYPE.fullmatch(dtype)
