"""The simulated account as the Pulumi providers `aws` and `random`: gRPC in front of it, nothing decided here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import wraps
from importlib.metadata import version
from typing import Any, NamedTuple, TypeVar

import grpc
from google.protobuf.empty_pb2 import Empty
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime import proto
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc, status_pb2

from compiler.aws import types
from compiler.diagnostics import UserError
from compiler.sandbox import inputs as checking
from compiler.sandbox import wire
from compiler.sandbox.account import Account, FaultError, Made
from compiler.sandbox.declaration import UNKNOWN, Declaration, replacing
from compiler.sandbox.difference import Difference, How
from compiler.sandbox.life import declaration
from compiler.sandbox.refusal import AwsError, NotSimulatedError

_PACKAGES = ("aws", "random")
# Each operation may wait for a fault's delay, and an engine starts dozens at once.
_THREADS = 64
# Which inputs the provider filled in itself: real providers remember it among the inputs.
_DEFAULTS = "__defaults"


@contextmanager
def serve(account: Account) -> Iterator[str]:
    """Serves the account while the context lasts; gives what PULUMI_DEBUG_PROVIDERS must say."""
    servers, attached = [], []
    account.delays(True)
    try:
        for package in _PACKAGES:
            server = grpc.server(ThreadPoolExecutor(_THREADS), options=_GRPC_CHANNEL_OPTIONS)
            provider_pb2_grpc.add_ResourceProviderServicer_to_server(Provider(account, package), server)
            port = server.add_insecure_port("127.0.0.1:0")
            server.start()
            servers.append(server)
            attached.append(f"{package}:{port}")
        yield ",".join(attached)
    finally:
        # A thread that still sleeps would hold up the end of the process.
        account.delays(False)
        for server in servers:
            server.stop(grace=None).wait()


class _Subject(NamedTuple):
    """What a request is about."""

    type: str
    declared: Declaration
    stack: str
    resource: str


_Request = TypeVar("_Request")
_Response = TypeVar("_Response")


def _answering(
    method: Callable[[Provider, _Request], _Response],
) -> Callable[[Provider, _Request, grpc.ServicerContext], _Response]:
    """A method of the service: what goes wrong becomes the status that the engine shows."""

    @wraps(method)
    def answer(self: Provider, request: _Request, context: grpc.ServicerContext) -> _Response:
        try:
            return method(self, request)
        except _PartlyDone as partly:
            context.set_trailing_metadata((("grpc-status-details-bin", partly.details),))
            context.abort(grpc.StatusCode.UNKNOWN, str(partly))
        except (AwsError, FaultError, NotSimulatedError, UserError, _RefusedError) as error:
            context.abort(grpc.StatusCode.UNKNOWN, str(error))
        raise AssertionError("abort has raised")

    return answer


class _RefusedError(Exception):
    """A refusal with the words of the provider around those of AWS."""


class _PartlyDone(Exception):  # noqa: N818 - it says how far it came, not that it is an error of ours
    """The thing exists, and something went wrong afterwards."""

    def __init__(self, message: str, made: Made, properties: Struct) -> None:
        super().__init__(message)
        status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=message)
        failed = provider_pb2.ErrorResourceInitFailed(id=made.id, properties=properties, reasons=[message])
        status.details.add().Pack(failed)
        self.details = status.SerializeToString()


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """One package's provider."""

    def __init__(self, account: Account, package: str) -> None:
        self._account = account
        self._package = package

    # The plugin itself

    @_answering
    def Handshake(self, _: Any) -> Any:  # noqa: N802
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True)

    @_answering
    def Attach(self, _: Any) -> Any:  # noqa: N802
        return Empty()

    @_answering
    def GetPluginInfo(self, _: Any) -> Any:  # noqa: N802
        return proto.PluginInfo(version=version(f"pulumi-{self._package}"))

    @_answering
    def GetMapping(self, _: Any) -> Any:  # noqa: N802
        return provider_pb2.GetMappingResponse()

    @_answering
    def CheckConfig(self, request: Any) -> Any:  # noqa: N802
        return provider_pb2.CheckResponse(inputs=request.news)

    @_answering
    def DiffConfig(self, request: Any) -> Any:  # noqa: N802
        same = request.old_inputs == request.news
        return provider_pb2.DiffResponse(changes=_changes(not same))

    @_answering
    def Configure(self, _: Any) -> Any:  # noqa: N802
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    @_answering
    def Cancel(self, _: Any) -> Any:  # noqa: N802
        return Empty()  # what runs finishes: the engine waits for it and writes it down

    @_answering
    def Invoke(self, request: Any) -> Any:  # noqa: N802
        raise NotSimulatedError(f"the sandbox does not simulate the function {request.tok}")

    # Resources

    @_answering
    def Check(self, request: Any) -> Any:  # noqa: N802
        subject = _subject(request)
        given = types.from_wire(subject.type, wire.decode(request.news))
        named = _named(subject.declared, given, request)
        completed = checking.complete(subject.declared, named)
        failures = [
            provider_pb2.CheckFailure(property=types.property_path(subject.type, route), reason=reason)
            for route, reason in self._account.check(subject.type, completed)
        ]
        if failures:
            return provider_pb2.CheckResponse(failures=failures)
        return provider_pb2.CheckResponse(inputs=_checked(subject, request.news, given, completed))

    @_answering
    def Diff(self, request: Any) -> Any:  # noqa: N802
        subject = _subject(request)
        state = _values(subject, request.olds)
        before = _values(subject, request.old_inputs)
        after = _values(subject, request.news)
        # The state knows better than the inputs what is: a change may still wait for its window.
        old = {name: state.get(name, before.get(name)) for name in before.keys() | after.keys()}
        ignored = [types.route_from_wire(subject.type, each) for each in request.ignoreChanges]
        found = [
            each
            for each in self._account.diff(subject.type, old, after)
            if not any(_covers(route, each.route) for route in ignored)
        ]
        return _diff(subject, found, wire.decode(request.news))

    @_answering
    def Create(self, request: Any) -> Any:  # noqa: N802
        subject = _subject(request)
        inputs = _values(subject, request.properties)
        secret = wire.secrets(request.properties)
        if request.preview:
            outputs = {name: UNKNOWN for name in types.resource_type(subject.type).outputs if name != "id"}
            return provider_pb2.CreateResponse(properties=_outputs(subject, {**outputs, **inputs}, secret))
        with _told(f"creating {subject.declared.noun} ({_title(subject, inputs)})"):
            try:
                made = self._account.create(subject.type, inputs, (subject.stack, subject.resource))
            except FaultError as fault:
                raise self._partly(subject, fault, inputs, secret) from fault
        return provider_pb2.CreateResponse(
            id=made.id, properties=_outputs(subject, _remembered(subject, made, inputs), secret)
        )

    @_answering
    def Read(self, request: Any) -> Any:  # noqa: N802
        subject = _subject(request)
        refreshed = bool(request.properties.fields)
        if subject.declared.stateless:
            if not refreshed:
                raise NotSimulatedError(
                    f"the sandbox cannot import {subject.type}: it is nowhere but in a state"
                )
            return provider_pb2.ReadResponse(
                id=request.id, properties=request.properties, inputs=request.inputs
            )
        region = _region(_values(subject, request.properties))
        made = self._account.read(subject.type, request.id, region)
        if made is None:
            return provider_pb2.ReadResponse()
        inputs = self._account.inputs(subject.type, made.id, str(made.outputs.get("region") or region))
        told = _values(subject, request.inputs) if refreshed else dict(subject.declared.imported)
        kept = {
            name: value
            for name, value in told.items()
            if name in subject.declared.unread or name.endswith("_wo")
        }
        secret = wire.secrets(request.inputs) | wire.secrets(request.properties)
        return provider_pb2.ReadResponse(
            id=made.id,
            properties=_outputs(subject, {**made.outputs, **kept}, secret),
            inputs=_encoded(subject, {**inputs, **kept}, secret),
        )

    @_answering
    def Update(self, request: Any) -> Any:  # noqa: N802
        subject = _subject(request)
        inputs, secret = _values(subject, request.news), wire.secrets(request.news)
        state = _values(subject, request.olds)
        if request.preview:
            outputs = self._account.preview(subject.type, request.id, inputs, _region(state)) or {
                **state,
                **inputs,
            }
            return provider_pb2.UpdateResponse(properties=_outputs(subject, outputs, secret))
        with _told(f"updating {subject.declared.noun} ({_title(subject, inputs)})"):
            try:
                made = self._account.update(subject.type, request.id, inputs, _region(state))
            except FaultError as fault:
                raise self._partly(subject, fault, inputs, secret) from fault
            except KeyError:
                raise _RefusedError("it does not exist any more: refresh finds that out") from None
        return provider_pb2.UpdateResponse(
            properties=_outputs(subject, _remembered(subject, made, inputs), secret)
        )

    @_answering
    def Delete(self, request: Any) -> Any:  # noqa: N802
        subject = _subject(request)
        state = {**_values(subject, request.properties), **_values(subject, request.old_inputs)}
        if not subject.declared.stateless:
            with _told(f"deleting {subject.declared.noun} ({_title(subject, state)})"):
                try:
                    self._account.delete(subject.type, request.id, state, _region(state))
                except FaultError as fault:
                    raise _RefusedError(str(fault)) from fault
        return Empty()

    def _partly(
        self, subject: _Subject, fault: FaultError, inputs: Mapping[str, Any], secret: frozenset[str]
    ) -> Exception:
        if fault.made is None:
            return _RefusedError(str(fault))
        return _PartlyDone(
            str(fault), fault.made, _outputs(subject, _remembered(subject, fault.made, dict(inputs)), secret)
        )


@contextmanager
def _told(doing: str) -> Iterator[None]:
    """Says what was being done when AWS refused, as the real provider does."""
    try:
        yield
    except (AwsError, _RefusedError) as error:
        raise _RefusedError(f"{doing}: {error}") from error


def _subject(request: Any) -> _Subject:
    stack, _, qualified, name = request.urn.removeprefix("urn:pulumi:").split("::", 3)
    token = qualified.rpartition("$")[2]
    found = types.by_token(token)
    if found is None:
        raise NotSimulatedError(f"the sandbox does not simulate {token}")
    return _Subject(found.name, declaration(found.name), stack, name)


def _values(subject: _Subject, struct: Struct) -> dict[str, Any]:
    """Inputs and outputs under our names, without what the engine and the provider keep for themselves."""
    values = types.from_wire(subject.type, wire.decode(struct))
    return {name: value for name, value in values.items() if value is not None and not name.startswith("__")}


def _title(subject: _Subject, inputs: Mapping[str, Any]) -> str:
    """What the thing is called, as far as it has a name of its own."""
    return str(inputs.get(subject.declared.name) or subject.resource)


def _region(values: Mapping[str, Any]) -> str:
    return str(values.get("region") or "")


def _named(declared: Declaration, given: dict[str, Any], request: Any) -> dict[str, Any]:
    """The inputs with a name made up where there is none: the one it had, or the resource's with a random end."""
    name = declared.name
    if not name or given.get(name) is not None or given.get(f"{name}_prefix") is not None:
        return given
    before = types.from_wire(_subject(request).type, wire.decode(request.olds)).get(name)
    ending = bytes(request.randomSeed).hex()[:7]
    return {**given, name: before or f"{request.urn.rpartition('::')[2]}-{ending}"}


def _checked(subject: _Subject, news: Struct, given: dict[str, Any], completed: dict[str, Any]) -> Struct:
    """What came in, as it came, with what was missing; what the schema calls secret is one."""
    fields = types.resource_type(subject.type).inputs
    checked = Struct()
    for name, value in completed.items():
        wired = fields[name].wire if name in fields else name
        hidden = wired in wire.secrets(news) or (name in fields and fields[name].secret)
        untouched = wired in news.fields and given.get(name) == value
        if untouched and (wired in wire.secrets(news)) == hidden:
            checked.fields[wired].CopyFrom(news.fields[wired])
        else:
            only = types.to_wire(subject.type, {name: value})
            checked.fields[wired].CopyFrom(wire.encoded(only[wired], hidden))
    filled = sorted(fields[name].wire for name in completed.keys() - given.keys())
    checked.fields[_DEFAULTS].CopyFrom(wire.encoded(filled))
    return checked


def _covers(ignored: tuple[str | int, ...], route: tuple[str | int, ...]) -> bool:
    return len(ignored) <= len(route) and all(
        step in ("*", at) for step, at in zip(ignored, route, strict=False)
    )


def _diff(subject: _Subject, found: list[Difference], news: Mapping[str, Any]) -> Any:
    fields = types.resource_type(subject.type).inputs
    replaced = {str(each.route[0]) for each in found if each.replaces}
    stable = {route.partition(".")[0] for route in replacing(subject.declared)} - replaced
    name = subject.declared.name
    named_by_hand = bool(name) and name in fields and fields[name].wire in news
    named_by_hand = named_by_hand and fields[name].wire not in (news.get(_DEFAULTS) or [])
    return provider_pb2.DiffResponse(
        changes=_changes(bool(found)),
        hasDetailedDiff=True,
        detailedDiff={
            types.property_path(subject.type, each.route): provider_pb2.PropertyDiff(
                kind=_KINDS[each.how, each.replaces]
            )
            for each in found
        },
        diffs=sorted({fields[str(each.route[0])].wire for each in found}),
        replaces=sorted(fields[each].wire for each in replaced),
        stables=sorted(fields[each].wire for each in stable if each in fields),
        # A new one under the same name cannot be made while the old one has it.
        deleteBeforeReplace=bool(replaced) and named_by_hand and subject.declared.deletes_before_replacing,
    )


_KINDS = {
    (How.ADD, False): provider_pb2.PropertyDiff.ADD,
    (How.ADD, True): provider_pb2.PropertyDiff.ADD_REPLACE,
    (How.DELETE, False): provider_pb2.PropertyDiff.DELETE,
    (How.DELETE, True): provider_pb2.PropertyDiff.DELETE_REPLACE,
    (How.UPDATE, False): provider_pb2.PropertyDiff.UPDATE,
    (How.UPDATE, True): provider_pb2.PropertyDiff.UPDATE_REPLACE,
}


def _changes(some: bool) -> Any:
    return provider_pb2.DiffResponse.DIFF_SOME if some else provider_pb2.DiffResponse.DIFF_NONE


def _remembered(subject: _Subject, made: Made, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The outputs with the inputs that AWS does not tell again, which the state keeps all the same."""
    kept = {name: value for name, value in inputs.items() if name in subject.declared.unread}
    return {**made.outputs, **kept}


def _outputs(subject: _Subject, outputs: Mapping[str, Any], secret: frozenset[str]) -> Struct:
    """Outputs for the engine; write-only inputs never become any."""
    kept = {name: value for name, value in outputs.items() if not name.endswith("_wo")}
    return _encoded(subject, kept, secret)


def _encoded(subject: _Subject, values: Mapping[str, Any], secret: frozenset[str]) -> Struct:
    found = types.resource_type(subject.type)
    declared = {
        field.wire for fields in (found.inputs, found.outputs) for field in fields.values() if field.secret
    }
    told = {name: value for name, value in values.items() if name in found.outputs}
    only_asked = {name: value for name, value in values.items() if name not in found.outputs}
    wired = types.to_wire(subject.type, told, "outputs") | types.to_wire(subject.type, only_asked)
    return wire.encode(wired, declared | secret)
