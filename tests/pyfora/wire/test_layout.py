from pyfora.wire.layout import ENTRY_TYPES, NODE_TYPES, PRELUDE, padding_after, total_size


def test_buffers_are_padded_to_cache_lines():
    assert [padding_after(size) for size in (0, 1, 63, 64, 65)] == [0, 63, 1, 0, 63]
    assert total_size(0, ()) == 64
    assert total_size(64 - PRELUDE.size, (1, 64, 0)) == 64 + 64 + 64


def test_a_record_that_moves_in_the_unions_needs_a_new_format():
    assert [kind.__name__ for kind in ENTRY_TYPES] == ["Block", "Call", "Value", "Outcome"]
    assert " ".join(kind.__name__ for kind in NODE_TYPES) == (
        "Constant ListOf TupleOf SetOf FrozenSetOf DictOf RangeOf SliceOf Packed Array Named UserModule Function Class Instance EnumMember "
        "Made ExceptionOf Attribute Known Remote Refused Zipped PackedDict Rows"
    )
