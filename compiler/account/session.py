"""How AWS is reached, and what its refusals mean to whoever has to mend them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import Any

from compiler.diagnostics import Diagnostic, Exit, Place, UserError

_LOG_IN = (
    "log in (`aws sso login`), set AWS_PROFILE, or give the job a role; `aws sts get-caller-identity` tells "
    "whether that worked"
)
_EXPIRED = ("ExpiredToken", "ExpiredTokenException", "RequestExpired")
_UNKNOWN_CREDENTIALS = (
    "AuthFailure",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidToken",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
)
_DENIED = ("403", "AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation")


def client(
    service: str,
    *,
    region: str | None = None,
    profile: str | None = None,
    role_arn: str | None = None,
    endpoint: str | None = None,
    **config: Any,
) -> Any:
    """A boto3 client with a session of its own, so that threads may make theirs at once.

    A role is assumed anew whenever its credentials run out. `config` is botocore's.
    Raises UserError where the profile is not to be had.
    """
    from botocore.config import Config

    with told(f"connecting to AWS ({service})"):
        session = _session(None if role_arn else profile)
        if role_arn:
            credentials = session.get_component("credential_provider")
            credentials.insert_before("env", _assumed(role_arn, region, profile))
        return session.create_client(
            service,
            region_name=region,
            endpoint_url=endpoint,
            config=Config(
                **{
                    "retries": {"mode": "standard"},
                    "connect_timeout": 5,
                    "read_timeout": 20,
                    "user_agent_extra": "dbspec",
                    **config,
                }
            ),
        )


def _session(profile: str | None) -> Any:
    import botocore.session

    session = botocore.session.Session(profile=profile)
    session.register_component("data_loader", _loader())
    return session


@cache
def _loader() -> Any:
    """Reads the descriptions of AWS's services, once for all sessions: they are megabytes."""
    from botocore.loaders import create_loader

    return create_loader()


def _assumed(role_arn: str, region: str | None, profile: str | None) -> Any:
    from botocore.credentials import (
        AssumeRoleCredentialFetcher,
        CredentialProvider,
        DeferredRefreshableCredentials,
    )
    from botocore.exceptions import NoCredentialsError

    class Assumed(CredentialProvider):
        METHOD = "dbspec-assume-role"
        CANONICAL_NAME = METHOD

        def load(self) -> Any:
            own = _session(profile)
            own.set_config_variable("region", region or own.get_config_variable("region") or "us-east-1")
            source = own.get_credentials()
            if source is None:
                raise NoCredentialsError
            fetcher = AssumeRoleCredentialFetcher(
                own.create_client, source, role_arn, extra_args={"RoleSessionName": "dbspec"}
            )
            return DeferredRefreshableCredentials(fetcher.fetch_credentials, self.METHOD)

    return Assumed()


@contextmanager
def told(doing: str, *, fixes: Mapping[str, str] | None = None, at: Place | None = None) -> Iterator[None]:
    """Turns whatever botocore raises inside into a UserError that says what was being done and the way out.

    `doing` is a participle (`reading s3://acme/key`); `fixes` holds ways out by AWS's own error code, for
    codes that mean something particular here; `at` is the place that asked for it.
    """
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    try:
        yield
    except ClientError as error:
        raise UserError(replace(_refusal(doing, error, fixes or {}), at=at), exit_code=Exit.ENGINE) from error
    except (BotoCoreError, ResponseParserError) as error:
        raise UserError(replace(_trouble(doing, error), at=at), exit_code=Exit.ENGINE) from error


def code(error: Any) -> str:
    """AWS's own code of a ClientError."""
    return str(error.response.get("Error", {}).get("Code", ""))


def _refusal(doing: str, error: Any, fixes: Mapping[str, str]) -> Diagnostic:
    name, message = code(error), error.response.get("Error", {}).get("Message", "")
    words = f"{name}: {message.rstrip('.')}" if message and message != name else name
    if name in _EXPIRED:
        return Diagnostic("aws/expired", f"the AWS credentials ran out while {doing}", _LOG_IN)
    if name in _UNKNOWN_CREDENTIALS:
        # The message of a wrong signature would quote the request.
        return Diagnostic(
            "aws/credentials", f"AWS does not know these credentials ({name}), {doing}", _LOG_IN
        )
    if name in _DENIED and error.operation_name == "AssumeRole":
        way_out = "name this identity in the role's trust policy, or correct the role"
        return Diagnostic("aws/denied", f"AWS refused the role while {doing} ({words})", way_out)
    if name in _DENIED:
        way_out = fixes.get("AccessDenied", "allow that to the identity that runs dbspec")
        return Diagnostic("aws/denied", f"AWS refused {doing} ({words})", way_out)
    return Diagnostic("aws/failed", f"AWS failed while {doing} ({words})", fixes.get(name, ""))


def _trouble(doing: str, error: Exception) -> Diagnostic:
    from botocore import exceptions as known
    from botocore.parsers import ResponseParserError

    words = str(error).rstrip(".")
    match error:
        case (
            known.NoCredentialsError()
            | known.PartialCredentialsError()
            | known.CredentialRetrievalError()
            | known.UnknownCredentialError()
            | known.NoAuthTokenError()
            | known.TokenRetrievalError()
            | known.SSOError()
            | known.LoginError()
        ):
            return Diagnostic("aws/no-credentials", f"no AWS credentials for {doing} ({words})", _LOG_IN)
        case known.ProfileNotFound():
            return Diagnostic("aws/profile", words, "see `aws configure list-profiles`")
        case known.ConnectionError() | known.HTTPClientError():
            way_out = "check the network, the proxy, the region, and AWS_ENDPOINT_URL where it is set"
            return Diagnostic("aws/unreachable", f"AWS was not reached, {doing} ({words})", way_out)
    if isinstance(error, ResponseParserError):  # it quotes the whole answer
        words, way_out = "the answer is not AWS's", "check the proxy, and AWS_ENDPOINT_URL where it is set"
        return Diagnostic("aws/answer", f"AWS failed while {doing} ({words})", way_out)
    return Diagnostic("aws/failed", f"AWS failed while {doing} ({words})")
