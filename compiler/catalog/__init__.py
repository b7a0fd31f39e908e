"""The catalog: every environment and database of a specs folder, with everything that is wrong in it."""

from __future__ import annotations

from compiler.catalog.entries import Catalog, Database, Environment
from compiler.catalog.loading import load

__all__ = ["Catalog", "Database", "Environment", "load"]
