"""What operations search workflows by, registered where the server does not know it yet."""

import structlog
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.common import SearchAttributeKey
from temporalio.service import RPCError

SCENARIO = SearchAttributeKey.for_keyword("Scenario")
VERSION = SearchAttributeKey.for_int("ScenarioVersion")
PROGRAM = SearchAttributeKey.for_keyword("Program")
CONTACT = SearchAttributeKey.for_keyword("Contact")
STEP = SearchAttributeKey.for_keyword("Step")
RUNS = SearchAttributeKey.for_int("Runs")
ALL = (SCENARIO, VERSION, PROGRAM, CONTACT, STEP, RUNS)

log = structlog.get_logger()


class SearchAttributesMissing(RuntimeError):
    """The server lacks search attributes and does not let us add them; the message says which and how."""


async def register(client: Client) -> None:
    """Add the search attributes that the namespace lacks.

    Raises SearchAttributesMissing where that is left to the server's administrators. A server that does not
    say which it has (Temporal Cloud) is believed to have them: starting a workflow tells soon enough.
    """
    known = await _known(client)
    missing = [key for key in ALL if known is None or key.name not in known]
    if not missing:
        return
    request = AddSearchAttributesRequest(
        namespace=client.namespace,
        search_attributes={key.name: IndexedValueType.ValueType(key.indexed_value_type) for key in missing},
    )
    try:
        await client.operator_service.add_search_attributes(request)
    except RPCError as error:
        if known is None:
            return
        flags = " ".join(f"--name {key.name} --type {key.indexed_value_type.name}" for key in missing)
        raise SearchAttributesMissing(
            f"the namespace {client.namespace} lacks search attributes and this user may not add them: "
            f"ask for `temporal operator search-attribute create {flags}` ({error.message})"
        ) from error
    log.info("search attributes registered", names=[key.name for key in missing])


async def _known(client: Client) -> set[str] | None:
    """Names that the server has; None where it does not say."""
    request = ListSearchAttributesRequest(namespace=client.namespace)
    try:
        found = await client.operator_service.list_search_attributes(request)
    except RPCError:
        return None
    return set(found.custom_attributes)
