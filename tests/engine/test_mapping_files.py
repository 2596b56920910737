"""Mapping files of imports: whatever is in one, what is wrong with it is told in a line."""

from pathlib import Path

import pytest

from engine.imports.mapping import BadMapping, load

WRONG = {
    "a list where a name is due": "columns: { tier: [gold] }",
    "a list in itself": "columns: { tier: &a [*a] }",
    "a day that there is not": "as_of: 2026-02-30",
    "a number without end": "id: " + "9" * 10_000,
    "a number that is none": "id: !!int x",
    "brackets without end": "[" * 3_000,
    "an alias bomb": "a0: &a0 [x, x]\n"
    + "".join(f"a{n + 1}: &a{n + 1} [*a{n}, *a{n}]\n" for n in range(60))
    + "columns: { tier: *a60 }",
    "a character that nobody sees": "id: \0",
}


@pytest.mark.timeout(10)
@pytest.mark.parametrize("path", [Path("/dev/zero"), Path("/nowhere"), Path("/")], ids=str)
def test_what_is_no_mapping_file_is_refused_in_a_line(path: Path):
    with pytest.raises(BadMapping, match=f"^{path}: "):
        load(path)


@pytest.mark.timeout(10)
@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG)
def test_a_hostile_mapping_is_refused_in_a_line(text: str, tmp_path: Path):
    path = tmp_path / "mapping.yaml"
    path.write_text(text)
    with pytest.raises(BadMapping) as refused:
        load(path)
    assert str(refused.value).startswith(str(path))
    assert len(str(refused.value)) < 400
