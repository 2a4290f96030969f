"""Tables: samples with numeric features and a class each, from CSV files.

Whatever cannot be learned from is refused in a sentence. Relies on the standard library alone.
"""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Table:
    """Samples with numeric features and a class each.

    rows      the features, one list of numbers per sample
    targets   the index into `classes` of each sample
    features  the names of the columns of `rows`
    classes   the names of the classes, sorted; numbers as numbers
    """

    rows: list[list[float]]
    targets: list[int]
    features: list[str]
    classes: list[str]


def read_table(path: str | Path, target: str) -> Table:
    """Return a CSV file with a header line as a Table; `target` names the column of classes.

    Commas, semicolons and tabs separate. Raises ValueError in a sentence that names the file and, where
    there is one, the line, for whatever cannot be learned from; OSError if the file cannot be opened.
    """
    header, lines = _read_lines(path, target)
    if target not in header:
        raise ValueError(f"{path} has no column {target!r}; its columns are {', '.join(header)}")
    twice = sorted(name for name, count in Counter(header).items() if count > 1)
    if twice:
        raise ValueError(f"{path} has the column {twice[0]!r} twice")
    if len(header) < 2:
        raise ValueError(f"{path} has only the column {target!r}; there are no features to learn from")
    rows, labels = [], []
    column = header.index(target)
    names = header[:column] + header[column + 1 :]
    for number, cells in lines:
        if len(cells) != len(header):
            raise ValueError(f"{path}, line {number}: expected {len(header)} values, got {len(cells)}")
        labels.append(cells.pop(column).strip())
        if not labels[-1]:
            raise ValueError(f"{path}, line {number}: the class in column {target!r} is empty")
        rows.append([_feature(path, number, name, cell) for name, cell in zip(names, cells, strict=True)])
    if not rows:
        raise ValueError(f"{path} has a header and no rows of data")
    classes = _sorted_classes(labels)
    if len(classes) < 2:
        raise ValueError(
            f"{path} has the one class {classes[0]!r} in column {target!r}; it takes two to learn"
        )
    if len(classes) > max(2, len(rows) / 2):
        raise ValueError(
            f"{path} has {len(classes)} different values in column {target!r} and {len(rows)} rows; "
            "expected a column of classes"
        )
    index = {name: i for i, name in enumerate(classes)}
    return Table(rows, [index[label] for label in labels], names, classes)


def _read_lines(path: str | Path, target: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return the header's names and the other lines, each with its number, blank ones left out."""
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            text = file.read()
        # The separator is the one that finds the target, or else the one that finds the most columns.
        headers = {separator: _names(text, separator) for separator in ",;\t"}
        separator = max(headers, key=lambda key: (target in headers[key], len(headers[key])))
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        lines = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not a text file in UTF-8") from None
    except csv.Error as error:
        raise ValueError(f"{path}, line {reader.line_num}: not CSV ({error})") from None
    if not lines:
        raise ValueError(f"{path} is empty")
    return headers[separator], lines[1:]


def _names(text: str, separator: str) -> list[str]:
    """Return the names in the header; none if it cannot be read with this separator."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        return [name.strip() for name in next(cells for cells in rows if any(map(str.strip, cells)))]
    except (StopIteration, csv.Error):
        return []


def _feature(path: str | Path, number: int, name: str, cell: str) -> float:
    try:
        feature = float(cell)
    except ValueError:
        shown = f"{cell.strip()[:30]!r}" if cell.strip() else "nothing"
        raise ValueError(
            f"{path}, line {number}: column {name!r} has {shown} where a number belongs"
        ) from None
    if not math.isfinite(feature):
        raise ValueError(f"{path}, line {number}: column {name!r} has {feature} where a number belongs")
    return feature


def _sorted_classes(labels: Sequence[str]) -> list[str]:
    classes = sorted(set(labels))
    try:
        return sorted(classes, key=float)
    except ValueError:
        return classes
