"""What goes between a worker and its caller: JSON, with arrays and tables as files beside it; nothing that could run.

>>> import tempfile, numpy as np
>>> with tempfile.TemporaryDirectory() as folder:
...     write({"xy": np.arange(3.0), "lines": ("1", None)}, Path(folder), "0")
...     read(Path(folder), "0")
{'xy': array([0., 1., 2.]), 'lines': ('1', None)}
"""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ipps_geo.errors import Message

KIND, VALUE = "kind", "value"
_SHORT = 1 << 12


def write(value: Any, folder: Path, name: str) -> None:
    """Write a value into ``folder`` under ``name``.

    Values are None, bool, int, float, str, bytes, days, paths, lists, tuples, mappings, messages, numpy arrays
    (numbers, truth values, times, or objects that are texts and None), pandas frames without shapes, and dataclasses
    whose fields are such values.

    Raises
    ------
    TypeError
        A value of another kind.
    """
    packed = pack(value, folder, name)
    (folder / f"{name}.json").write_text(json.dumps(packed), encoding="ascii")


def read(folder: Path, name: str, records: Sequence[type] = (), most_bytes: int | None = None) -> Any:
    """Return a value that :func:`write` wrote; only dataclasses of ``records`` are made.

    Raises
    ------
    ValueError
        It is no such value, or takes more than ``most_bytes``.
    """
    files = [path for path in folder.iterdir() if path.name.split(".")[0] == name]
    if any(path.is_symlink() or not path.is_file() for path in files):
        raise ValueError("an answer is made of files")
    if most_bytes is not None and sum(path.stat().st_size for path in files) > most_bytes:
        raise ValueError("an answer of too many bytes")
    try:
        packed = json.loads((folder / f"{name}.json").read_text(encoding="ascii"))
        return unpack(packed, folder, {record.__qualname__: record for record in records})
    except (ValueError, KeyError, TypeError, AttributeError, OSError, RecursionError) as error:
        raise ValueError(f"no answer ({type(error).__name__})") from error


def pack(value: Any, folder: Path | None = None, name: str = "") -> Any:
    """Return a value as JSON can hold it; arrays and frames become files of ``folder``, named after ``name``."""
    numbers = itertools.count()

    def each(part: Any) -> Any:
        if part is None or (isinstance(part, (bool, int, float)) and type(part) in (bool, int, float)):
            return part
        if isinstance(part, str):
            return str(part)
        if isinstance(part, (list, tuple)):
            kind = "list" if isinstance(part, list) else "tuple"
            return {KIND: kind, VALUE: [each(entry) for entry in part]}
        if isinstance(part, (dict, MappingProxyType)):
            return {KIND: "mapping", VALUE: [[each(key), each(entry)] for key, entry in part.items()]}
        if isinstance(part, Message):
            return {KIND: "message", VALUE: [part.code, each(dict(part.values))]}
        if dataclasses.is_dataclass(part) and not isinstance(part, type):
            fields = {field.name: getattr(part, field.name) for field in dataclasses.fields(part)}
            return {KIND: "record", "record": type(part).__qualname__, VALUE: each(fields)}
        return _plain(part) or _stored(part, folder, name, numbers)

    return each(value)


def _plain(part: Any) -> dict[str, Any] | None:
    if isinstance(part, bytes) and len(part) <= _SHORT:
        return {KIND: "bytes", VALUE: base64.b64encode(part).decode("ascii")}
    if isinstance(part, dt.date) and not isinstance(part, dt.datetime):
        return {KIND: "day", VALUE: part.isoformat()}
    if isinstance(part, Path):
        return {KIND: "path", VALUE: str(part)}
    return None


def _stored(part: Any, folder: Path | None, name: str, numbers: Iterator[int]) -> Any:
    import numpy as np
    import pandas as pd
    import pyarrow as pa

    if isinstance(part, np.generic) and part.dtype.kind in "biuf":
        return part.item()
    if folder is None or not isinstance(part, (np.ndarray, pd.DataFrame, bytes)):
        raise TypeError(f"a {type(part).__name__} does not go through the gate")
    file = f"{name}.{next(numbers)}"
    if isinstance(part, bytes):
        (folder / file).write_bytes(part)
        return {KIND: "octets", VALUE: file}
    if isinstance(part, np.ndarray) and part.dtype.kind != "O":
        np.save(folder / file, part, allow_pickle=False)
        return {KIND: "array", VALUE: f"{file}.npy"}
    try:
        if isinstance(part, np.ndarray):
            if part.ndim != 1:
                raise TypeError("texts stand in one row")
            table = pa.table({"texts": pa.array(part, pa.large_string())})
        else:
            table = pa.Table.from_pandas(part)
    except pa.ArrowException as error:
        raise TypeError("a column that Arrow does not hold does not go through the gate") from error
    with pa.OSFile(str(folder / file), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return {KIND: "texts" if isinstance(part, np.ndarray) else "frame", VALUE: file}


def unpack(packed: Any, folder: Path | None = None, records: Mapping[str, type] = MappingProxyType({})) -> Any:
    """Return the value that :func:`pack` packed."""
    if not isinstance(packed, dict):
        if packed is None or isinstance(packed, (bool, int, float, str)):
            return packed
        raise ValueError("not a packed value")
    kind, value = packed[KIND], packed[VALUE]
    if kind in ("list", "tuple"):
        entries = [unpack(entry, folder, records) for entry in value]
        return entries if kind == "list" else tuple(entries)
    if kind == "mapping":
        return {unpack(key, folder, records): unpack(entry, folder, records) for key, entry in value}
    if kind == "message":
        return Message(str(value[0]), unpack(value[1]))
    if kind == "record":
        return records[packed["record"]](**unpack(value, folder, records))
    if kind == "bytes":
        return base64.b64decode(value)
    if kind == "day":
        return dt.date.fromisoformat(value)
    if kind == "path":
        return Path(value)
    return _from_file(kind, str(value), folder)


def _from_file(kind: str, name: str, folder: Path | None) -> Any:
    import numpy as np
    import pyarrow as pa

    if folder is None or Path(name).name != name:
        raise ValueError("no file of the answer")
    if kind == "octets":
        return (folder / name).read_bytes()
    if kind == "array":
        return np.load(folder / name, allow_pickle=False)
    with pa.OSFile(str(folder / name), "rb") as source:
        table = pa.ipc.open_file(source).read_all()
    if kind == "texts":
        return table.column("texts").to_numpy(zero_copy_only=False)
    if kind == "frame":
        return table.to_pandas()
    raise ValueError(f"no kind {kind}")
