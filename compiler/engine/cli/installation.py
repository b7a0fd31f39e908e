"""How a Pulumi CLI is got where there is none: its release, else a build with Go."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

from compiler.diagnostics import Exit, fail
from compiler.engine.cli import cache, go_build
from compiler.engine.cli.search import SETTING, Found, Source, missing, search
from compiler.engine.cli.version import PIN, UnusableError, usable_version


def install(environ: Mapping[str, str], progress: Callable[[str], None]) -> Found:
    """The CLI that `find` finds, else one newly put into the user's cache; `progress` gets a line at a time.

    Two at once are safe: the second waits and takes what the first got. One that is ended at any moment
    leaves nothing that is taken for a CLI. Raises UserError naming all that was tried.
    """
    found, tried = search(environ)
    if found:
        return found
    try:
        with _ended_by_signals(), cache.locked(environ, progress) as folder:
            return _get(folder, environ, progress)
    except UnusableError:  # no folder for a cache: said in what was tried
        raise missing(
            f"Pulumi {PIN} cannot be installed", tried, "set XDG_CACHE_HOME to a folder, or "
        ) from None
    except OSError as error:
        raise fail(
            "engine/cli-cache",
            f"the cache for Pulumi {PIN} cannot be used: {error}",
            f"make it writable, set XDG_CACHE_HOME to another folder, or set {SETTING} to a Pulumi binary",
            exit_code=Exit.ENGINE,
        ) from None


def _get(folder: Path, environ: Mapping[str, str], progress: Callable[[str], None]) -> Found:
    found, before = search(environ)  # again: whom we waited for has put it there
    if found:
        return found
    tried = list(before)
    ways = (("release", Source.RELEASE, _from_release), ("Go build", Source.GO, _from_go))
    for name, source, way in ways:
        with cache.partial(folder) as place:
            try:
                made, why = way(place, environ, progress)
                version = usable_version(made, environ)
                if version != PIN:
                    raise UnusableError(f"what came is Pulumi {version}, not {PIN}")
                final = cache.adopt(made, environ)
            except (UnusableError, OSError) as reason:
                tried.append(f"{name}: {reason}")
                progress(tried[-1])
            else:
                progress(f"Pulumi {PIN} is installed: {final}")
                return Found(final, PIN, source, why, tuple(tried))
    raise missing(
        f"no Pulumi CLI {PIN} could be had",
        tried,
        "reach get.pulumi.com, or install Go (the build takes the network and 2 GB of memory), or ",
    )


def _from_release(
    place: Path, environ: Mapping[str, str], progress: Callable[[str], None]
) -> tuple[Path, str]:
    from compiler.engine.cli import release  # an HTTP client, which a run that finds a CLI has no need of

    del environ  # urllib reads the proxies of the process itself
    return release.download(place, progress), "downloaded from Pulumi's releases"


def _from_go(place: Path, environ: Mapping[str, str], progress: Callable[[str], None]) -> tuple[Path, str]:
    made, version = go_build.build(place, environ, progress)
    return made, f"built with {version}"


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Lets a polite end (SIGTERM, a closed terminal) clean up first, as Ctrl-C does by itself."""
    ends = (signal.SIGTERM, signal.SIGHUP)
    in_main = threading.current_thread() is threading.main_thread()
    ours = [each for each in ends if in_main and signal.getsignal(each) is signal.SIG_DFL]
    for each in ours:
        signal.signal(each, _leave)
    try:
        yield
    finally:
        for each in ours:
            signal.signal(each, signal.SIG_DFL)


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    del frame
    raise SystemExit(128 + number)
