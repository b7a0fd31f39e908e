"""All controls by id, in the order of reports."""

from __future__ import annotations

from collections.abc import Mapping

from compiler.controls.control import Control
from compiler.controls.events import EVENTS
from compiler.controls.own import OWN
from compiler.controls.security_hub import SECURITY_HUB

CONTROLS: Mapping[str, Control] = {each.id: each for each in (*OWN, *SECURITY_HUB, *EVENTS)}
