from proxy.acme_attempts import EMPTY, REFUSED, State, after_attempt
from proxy.act import state


def test_what_is_saved_is_loaded(tmp_path):
    file = tmp_path / "state.json"
    kept = State(5.0, {"one.example": after_attempt(None, 1.0, REFUSED, "no")})

    state.save(file, kept)

    assert state.load(file) == kept
    assert [one.name for one in tmp_path.iterdir()] == ["state.json"]


def test_a_missing_or_damaged_file_is_an_empty_state(tmp_path):
    file = tmp_path / "state.json"
    assert state.load(file) == EMPTY

    for text in ("", "[]", '{"attempts": {"x": {"nonsense": 1}}}'):
        file.write_text(text)
        assert state.load(file) == EMPTY
