"""A worker gives back what a function returned or raised, and loses nothing but the call that broke it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ipps_geo.errors import BadInput, Message
from ipps_geo.gate import Bounds, Worker, confined, parcel, process
from ipps_geo.reach.streets import StreetNetwork

TakenOver = Callable[..., str]


def test_only_functions_of_the_package_are_called() -> None:
    with pytest.raises(ValueError, match="none of ours"):
        confined("os:system", [], command="true")


def test_an_error_of_ours_comes_out_as_it_was(tmp_path: Path) -> None:
    absent = tmp_path / "absent.toml"
    with pytest.raises(BadInput) as told:
        confined("ipps_geo.gate.content:read_toml", [], path=absent)
    assert (told.value.code, told.value.where) == ("gate.no_file", str(absent))


def test_an_error_of_others_is_a_number_and_its_words_stand_in_the_log(
    taken_over: TakenOver, caplog: pytest.LogCaptureFixture
) -> None:
    assert taken_over("raise KeyError('words of another library')") == "gate.not_understood"
    (entry,) = caplog.records
    assert "words of another library" in entry.trace
    assert "words" not in entry.getMessage()


def test_an_error_that_is_none_is_no_answer(taken_over: TakenOver) -> None:
    for lines in ("raise BadInput('no.such_code')", "raise BadInput('gate.no_file', odd=print)"):
        told = taken_over(f"from ipps_geo.errors import BadInput\n{lines}")
        assert told in ("gate.died", "gate.not_understood")


def test_a_call_that_takes_too_long_costs_itself_alone(taken_over: TakenOver) -> None:
    with Worker(Bounds(seconds=0.5)) as worker:
        assert taken_over("import time; time.sleep(60)", worker=worker) == "gate.out_of_time"
        assert taken_over("answer = 1 + 1", worker=worker) == "2"


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ("import os; os.abort()", "gate.out_of_memory"),  # so C++ says that memory is used up
        ("import os; os._exit(3)", "gate.died"),
        ("answer = len(bytearray(1 << 30))", "gate.out_of_memory"),
        ("import os; os.write(3, b'no answer\\n' * 9); os._exit(0)", "gate.died"),
    ],
)
def test_a_process_that_ends_costs_its_call_alone(taken_over: TakenOver, lines: str, code: str) -> None:
    with Worker(Bounds(memory_bytes=600 << 20)) as worker:
        assert taken_over(lines, worker=worker) == code
        assert taken_over("answer = 1 + 1", worker=worker) == "2"


def test_what_goes_through_the_gate_comes_out_as_it_was(tmp_path: Path) -> None:
    network = StreetNetwork(np.zeros((2, 2)), *(np.arange(1),) * 2, *(np.ones(1),) * 2, "walk", source="甲")
    value = {
        "network": network,
        "texts": np.array(["东城", None], dtype=object),
        "times": np.array(["2026-11-22"], dtype="datetime64[D]"),
        "table": pd.DataFrame({"名称": ["甲", None], "n": pd.array([1, None], "Int64")}),
        "content": bytes(1 << 13),
        "plain": (None, True, 1.5, b"\x00", Path("/a"), [Message("gate.empty")]),
    }
    parcel.write(value, tmp_path, "0")
    back = parcel.read(tmp_path, "0", (StreetNetwork,))
    assert back["network"].source == "甲"
    assert back["network"].node_xy.tolist() == network.node_xy.tolist()
    assert back["texts"].tolist() == ["东城", None]
    assert back["times"] == value["times"]
    pd.testing.assert_frame_equal(back["table"], value["table"])
    assert back["content"] == value["content"]
    assert back["plain"] == value["plain"]


def test_arrays_are_handed_in_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_OWN", "")
    with Worker() as worker:
        assert worker.call("numpy:sum", a=np.arange(5.0)) == 10.0
        assert worker.call("numpy:cumsum", a=np.arange(3)).tolist() == [0, 1, 3]


def test_what_could_run_does_not_go_through(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="does not go through"):
        parcel.write({"call": print}, tmp_path, "0")
    with pytest.raises(TypeError):
        parcel.write(np.array([print], dtype=object), tmp_path, "0")
    np.save(tmp_path / "1.0.npy", np.array([print], dtype=object), allow_pickle=True)
    (tmp_path / "1.json").write_text('{"kind": "array", "value": "1.0.npy"}')
    with pytest.raises(ValueError, match="no answer"):
        parcel.read(tmp_path, "1")


@pytest.mark.parametrize(
    "packed",
    [
        "[]",
        "not json",
        '{"kind": "record", "record": "Bounds", "value": {"kind": "mapping", "value": []}}',
        '{"kind": "array", "value": "../../etc/passwd"}',
        '{"kind": "day", "value": "yesterday"}',
        '{"kind": "mapping", "value": 3}',
        '{"value": 3}',
    ],
)
def test_an_answer_that_is_none_is_refused(tmp_path: Path, packed: str) -> None:
    (tmp_path / "0.json").write_text(packed, encoding="utf-8")
    with pytest.raises(ValueError, match="no answer"):
        parcel.read(tmp_path, "0", (StreetNetwork,))


def test_an_answer_is_not_looked_for_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "1.json").symlink_to("/etc/hostname")
    with pytest.raises(ValueError, match="made of files"):
        parcel.read(tmp_path, "1")
