"""The simulated account as the Pulumi providers `aws` and `random`: gRPC in front of it, nothing decided here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import wraps
from importlib.metadata import version
from typing import Any, TypeVar

import grpc
from google.protobuf.empty_pb2 import Empty
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime import proto
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc, status_pb2

from compiler.aws import types
from compiler.diagnostics import UserError
from compiler.route import Route
from compiler.sandbox import subject as subjects
from compiler.sandbox import wire
from compiler.sandbox.account import Account, FaultError
from compiler.sandbox.declaration import replacing
from compiler.sandbox.difference import Difference, How
from compiler.sandbox.refusal import AwsError, GoneError, NotSimulatedError
from compiler.sandbox.subject import Subject

_PACKAGES = ("aws", "random")
# Each operation may wait for a fault's delay, and an engine starts dozens at once.
_THREADS = 64


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
        except (NotSimulatedError, UserError, _RefusedError) as error:
            context.abort(grpc.StatusCode.UNKNOWN, str(error))
        raise AssertionError("abort has raised")

    return answer


class _RefusedError(Exception):
    """A refusal with the words of the provider around those of AWS."""


class _PartlyDone(Exception):  # noqa: N818 - it says how far it came, not that it is an error of ours
    """The thing exists, and something went wrong afterwards."""

    def __init__(self, message: str, id: str, properties: Struct) -> None:
        super().__init__(message)
        status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=message)
        failed = provider_pb2.ErrorResourceInitFailed(id=id, properties=properties, reasons=[message])
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
        subject = subjects.of(request.urn)
        given = subject.values(request.news)
        completed = subject.completed(given, subject.values(request.olds), request.randomSeed)
        failures = [
            provider_pb2.CheckFailure(property=types.property_path(subject.type, route), reason=reason)
            for route, reason in self._account.check(subject.type, completed)
        ]
        if failures:
            return provider_pb2.CheckResponse(failures=failures)
        return provider_pb2.CheckResponse(inputs=subject.checked(request.news, given, completed))

    @_answering
    def Diff(self, request: Any) -> Any:  # noqa: N802
        subject = subjects.of(request.urn)
        state, before = subject.values(request.olds), subject.values(request.old_inputs)
        after = subject.values(request.news)
        # The state knows better than the inputs what is: a change may still wait for its window.
        old = {name: state.get(name, before.get(name)) for name in before.keys() | after.keys()}
        ignored = [types.route_from_wire(subject.type, each) for each in request.ignoreChanges]
        found = [
            each
            for each in self._account.diff(subject.type, old, after)
            if not any(_covers(route, each.route) for route in ignored)
        ]
        return _diff(subject, found, subject.named_by_hand(request.news))

    @_answering
    def Create(self, request: Any) -> Any:  # noqa: N802
        subject = subjects.of(request.urn)
        inputs, secret = subject.values(request.properties), wire.secrets(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(properties=subject.outputs(subject.unmade(inputs), secret))
        with _told("creating", subject, inputs, secret):
            made = self._account.create(subject.type, inputs, (subject.stack, subject.resource))
        outputs = subject.outputs({**made.outputs, **subject.unread(inputs)}, secret)
        return provider_pb2.CreateResponse(id=made.id, properties=outputs)

    @_answering
    def Read(self, request: Any) -> Any:  # noqa: N802
        subject = subjects.of(request.urn)
        refreshed = bool(request.properties.fields)
        if subject.declared.stateless:
            if not refreshed:
                raise NotSimulatedError(f"the sandbox cannot import {subject.type}: it lives in a state only")
            return provider_pb2.ReadResponse(
                id=request.id, properties=request.properties, inputs=request.inputs
            )
        made = self._account.read(subject.type, request.id, _region(subject.values(request.properties)))
        if made is None:
            return provider_pb2.ReadResponse()
        kept = (
            subject.unread(subject.values(request.inputs)) if refreshed else dict(subject.declared.imported)
        )
        secret = wire.secrets(request.inputs) | wire.secrets(request.properties)
        return provider_pb2.ReadResponse(
            id=made.id,
            properties=subject.outputs({**made.outputs, **kept}, secret),
            inputs=subject.encoded({**made.inputs, **kept}, secret),
        )

    @_answering
    def Update(self, request: Any) -> Any:  # noqa: N802
        subject = subjects.of(request.urn)
        inputs, secret = subject.values(request.news), wire.secrets(request.news)
        state = subject.values(request.olds)
        if request.preview:
            outputs = self._account.preview(subject.type, request.id, inputs, _region(state))
            # What is gone behind our back only a refresh finds.
            known = outputs or {**state, **inputs}
            return provider_pb2.UpdateResponse(properties=subject.outputs(known, secret))
        with _told("updating", subject, inputs, secret):
            made = self._account.update(subject.type, request.id, inputs, _region(state))
        outputs = {**made.outputs, **subject.unread(inputs)}
        return provider_pb2.UpdateResponse(properties=subject.outputs(outputs, secret))

    @_answering
    def Delete(self, request: Any) -> Any:  # noqa: N802
        subject = subjects.of(request.urn)
        state = {**subject.values(request.properties), **subject.values(request.old_inputs)}
        if not subject.declared.stateless:
            with _told("deleting", subject, state, frozenset()):
                self._account.delete(subject.type, request.id, state, _region(state))
        return Empty()


@contextmanager
def _told(doing: str, subject: Subject, inputs: Mapping[str, Any], secret: frozenset[str]) -> Iterator[None]:
    """Says what was being done when it went wrong, and how far it came, as real providers do."""
    try:
        yield
    except (AwsError, FaultError, GoneError) as error:
        message = f"{doing} {subject.title(inputs)}: {error}"
        if isinstance(error, FaultError) and error.made and doing != "deleting":
            outputs = subject.outputs({**error.made.outputs, **subject.unread(inputs)}, secret)
            raise _PartlyDone(message, error.made.id, outputs) from error
        raise _RefusedError(message) from error


def _region(values: Mapping[str, Any]) -> str:
    return str(values.get("region") or "")


def _covers(ignored: Route, route: Route) -> bool:
    return len(ignored) <= len(route) and all(
        step in ("*", at) for step, at in zip(ignored, route, strict=False)
    )


def _diff(subject: Subject, found: Sequence[Difference], named_by_hand: bool) -> Any:
    fields = types.resource_type(subject.type).inputs
    replaced = {str(each.route[0]) for each in found if each.replaces}
    stable = {route.partition(".")[0] for route in replacing(subject.declared)} - replaced
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
