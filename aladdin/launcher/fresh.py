"""`bin/run --fresh`: begin anew, after asking when the database is not one of our own."""

from __future__ import annotations

import sys
from urllib.parse import urlsplit

import psycopg
from psycopg import sql


class Declined(RuntimeError):
    """The person did not agree to lose the data."""


def confirm_erasing(url: str, *, agreed: bool) -> None:
    """Ask before a database that somebody named in DATABASE_URL is emptied. Raises Declined."""
    if agreed:
        return
    place = urlsplit(url)
    name = f"{place.hostname}{place.path}"
    print(f"将删除数据库 {name} 的全部数据。All data in {name} will be deleted.")
    if not sys.stdin.isatty():
        raise Declined("请加 --yes 确认。Add --yes to agree.")
    if input("输入 yes 继续 · type yes to go on: ").strip().lower() != "yes":
        raise Declined("已取消，未作任何改动。Nothing was changed.")


def erase_database(url: str) -> None:
    """Drop every schema that is not PostgreSQL's own, and make an empty `public`."""
    query = r"SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'"
    with psycopg.connect(url) as connection:
        for (schema,) in connection.execute(query).fetchall():
            connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema)))
        connection.execute("CREATE SCHEMA public")
