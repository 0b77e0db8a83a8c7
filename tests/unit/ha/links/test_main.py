import json
from pathlib import Path

from ha.links.__main__ import main

DOCUMENT = {"version": 1, "side": "a", "part": "app", "peers": {"b": "vm-b:7444"}}


def test_it_writes_the_configuration_and_becomes_stunnel(tmp_path: Path) -> None:
    (tmp_path / "twin").mkdir()
    (tmp_path / "twin" / "twin.json").write_text(json.dumps(DOCUMENT))

    file = tmp_path / "run" / "links.conf"
    started = []

    main(tmp_path, file, lambda program, command: started.append((program, command)))

    assert started == [("/usr/bin/stunnel4", ["/usr/bin/stunnel4", str(file)])]
    assert "accept = 127.0.1.2:27017" in file.read_text()


def test_it_says_that_there_is_no_pairing(tmp_path: Path, capsys) -> None:
    assert main(tmp_path, tmp_path / "links.conf") == 2
    assert "this VM has no twin" in capsys.readouterr().err


def test_it_says_that_the_pairing_cannot_be_understood(tmp_path: Path, capsys) -> None:
    (tmp_path / "twin").mkdir()
    (tmp_path / "twin" / "twin.json").write_text("{")

    assert main(tmp_path, tmp_path / "links.conf") == 2
    assert "repeat it" in capsys.readouterr().err
