"""Takes the prices of downloaded price lists into the files here: `python -m compiler.aws.prices.refresh FILE...`.

docs/cost.md says where AWS has them. It reads files and nothing else.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from compiler.aws import prices
from compiler.aws.prices import pricelist, selection


def main(arguments: Sequence[str]) -> int:
    """Prints what became of each file; 1 where one is no price list that dbspec has a use for."""
    parser = argparse.ArgumentParser(prog="python -m compiler.aws.prices.refresh", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a price list, JSON or CSV")
    parser.add_argument(
        "--folder", type=Path, default=prices.FOLDER, help="where the files are that are written"
    )
    given = parser.parse_args(arguments)
    failed = False
    for path in given.files:
        try:
            sys.stdout.write(refresh(path, given.folder))
        except (OSError, ValueError) as error:
            sys.stderr.write(f"{error}\n")
            failed = True
    return int(failed)


def refresh(path: Path, folder: Path) -> str:
    """Takes one price list into the file of its service, and says in words what it did.

    A price of the list takes the place of an older one; what the list does not have stays, with its older date.
    Raises ValueError where it is no price list, or none of a service that dbspec prices.
    """
    found = pricelist.read(path)
    if found.service not in prices.SERVICES:
        raise ValueError(
            f"{path} is the price list of {found.service}; dbspec has a use for those of {', '.join(prices.SERVICES)}"
        )
    service = prices.SERVICES[found.service]
    old = prices.read(service, folder)
    name = f"{found.service}-{found.published}"
    says = f"AWS's price list {found.service} of {found.published}"
    sources = old["sources"] | {name: {"date": found.published.isoformat(), "says": says}}

    rows = {prices.key(row): row for row in old["prices"]}
    taken, newer, refused = 0, 0, []
    for row, problem in selection.select(found, name):
        if problem:
            refused.append(f"  left out: {' '.join(map(str, row.values()))}: {problem}\n")
            continue
        same = [key for key in rows if key[:2] == (row["region"], row["usage"])]
        if any(sources[rows[key]["source"]]["date"] > found.published.isoformat() for key in same):
            newer += 1
            continue
        # An older price of any engine goes with the first of one engine, and the other way round.
        for key in same:
            if rows[key]["source"] != name and not (key[2] and row.get("engine")):
                del rows[key]
        rows[prices.key(row)] = row
        taken += 1
    prices.write(service, sources, rows.values(), folder)
    kept = len(rows) - taken
    return (
        f"{service}.json: {taken} prices of {found.published} taken, {kept} others kept"
        + (f", {newer} left out that are older than what was known" if newer else "")
        + "\n"
        + "".join(refused)
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
