"""What the source says about itself, and what it reads."""

import pytest

from lhp_%key%.plugin import Source


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"id": 1, "name": "Ada"}\n\n{"id": 2, "name": "Bo"}\n')
    return {"path": str(path)}


def test_metadata():
    assert Source().metadata.name == "%key%"
    assert Source().metadata.version == "0.1.0"


def test_fetch_data_returns_records(config):
    assert list(Source().fetch_data(config)) == [{"id": 1, "name": "Ada"}, {"id": 2, "name": "Bo"}]


def test_connection_check(config):
    assert Source().test_connection(config) is True
    assert Source().test_connection({}) is False


def test_invalid_config_raises():
    with pytest.raises(ValueError):
        Source().validate_config({})
