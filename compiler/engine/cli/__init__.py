"""The real Pulumi CLI: which one is used, and how it is got where there is none.

In this order: the setting DBSPEC_PULUMI, PATH, the user's cache, Pulumi's release, a build with Go.
Linux and macOS; Windows is out of scope (its locks and names differ), its Linux subsystem is not.
"""

from compiler.engine.cli.installation import install
from compiler.engine.cli.search import Found, Source, find
from compiler.engine.cli.version import PIN

__all__ = ["PIN", "Found", "Source", "find", "install"]
