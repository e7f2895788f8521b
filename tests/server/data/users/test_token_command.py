"""``python -m server.data token``."""

from pathlib import Path

import pytest

from server.data.__main__ import main
from tests.server.data.conftest import OpenData


async def test_the_token_speaks_for_the_user(
    open_data: OpenData, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with open_data() as data:
        monkeypatch.setenv("FORETYPE_DATA_FOLDER", str(data.folder))
        assert main(["token", "ann"]) == 0
        headers = {"authorization": f"Bearer {capsys.readouterr().out.split()[-1]}"}
        mine = await data.http.get("/v1/users/ann/consents", headers=headers)
        others = await data.http.get("/v1/users/bob/consents", headers=headers)
    assert (mine.status_code, others.status_code) == (200, 403)


def test_without_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("FORETYPE_DATA_FOLDER", raising=False)
    assert main(["token", "ann"]) == 2
    assert "FORETYPE_DATA_FOLDER" in capsys.readouterr().err
