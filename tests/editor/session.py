"""Drives `traceql lsp` from a scripted client: pytest session.py, with SPACE, TRACEQL and TRACES set (tests/editor/run)."""

import asyncio
import os
import pathlib

import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities

SERVICES = {
    "accounting", "cart", "catalog", "checkout", "email", "frontend", "gateway", "payment", "recommendation", "shipping"
}
SPACE = pathlib.Path(os.environ["SPACE"])
COMMAND = [os.environ["TRACEQL"], "lsp", os.environ["TRACES"]]


@pytest_lsp.fixture(config=ClientServerConfig(server_command=COMMAND))
async def client(lsp_client: LanguageClient):
    folder = types.WorkspaceFolder(uri=SPACE.as_uri(), name="space")
    params = types.InitializeParams(capabilities=client_capabilities("neovim"), workspace_folders=[folder])
    await lsp_client.initialize_session(params)
    yield
    await asyncio.wait_for(lsp_client.shutdown_session(), 10)
    assert lsp_client._server.returncode == 0, "the server does not stop in order"


def opened(client, name):
    """Opens a file; returns its address and text."""
    path = SPACE / name
    text = path.read_text()
    item = types.TextDocumentItem(uri=path.as_uri(), language_id=path.suffix[1:], version=1, text=text)
    client.text_document_did_open(types.DidOpenTextDocumentParams(text_document=item))
    return path.as_uri(), text


def name_of(uri):
    return types.TextDocumentIdentifier(uri=uri)


async def diagnostics(client, uri):
    report = await client.text_document_diagnostic_async(types.DocumentDiagnosticParams(text_document=name_of(uri)))
    return report.items


async def test_a_mistake_is_seen_and_mended(client: LanguageClient):
    uri, text = opened(client, "mistake.traceql")
    found = await diagnostics(client, uri)
    mistake = next(found for found in found if "`==`" in found.message)
    context = types.CodeActionContext(diagnostics=[mistake], only=[types.CodeActionKind.QuickFix])
    params = types.CodeActionParams(text_document=name_of(uri), range=mistake.range, context=context)
    fix = next(action for action in await client.text_document_code_action_async(params) if action.edit)
    edits = fix.edit.changes[uri] if fix.edit.changes else fix.edit.document_changes[0].edits
    for edit in sorted(edits, key=lambda edit: edit.range.start.character, reverse=True):
        text = text[: edit.range.start.character] + edit.new_text + text[edit.range.end.character :]
    assert "==" not in text
    change = types.TextDocumentContentChangeWholeDocument(text=text)
    document = types.VersionedTextDocumentIdentifier(uri=uri, version=2)
    client.text_document_did_change(types.DidChangeTextDocumentParams(text_document=document, content_changes=[change]))
    assert not any("`==`" in found.message for found in await diagnostics(client, uri))


async def test_the_services_of_the_data_are_offered(client: LanguageClient):
    uri, text = opened(client, "typed.traceql")
    params = types.CompletionParams(text_document=name_of(uri), position=types.Position(0, len(text)))
    for _ in range(100):
        answer = await client.text_document_completion_async(params)
        offered = {item.label: item for item in answer.items}
        if SERVICES <= set(offered):
            break
        await asyncio.sleep(0.1)
    assert SERVICES <= set(offered)
    assert offered["recommendation"].text_edit.new_text == '"recommendation"'


async def test_an_attribute_is_renamed_in_both_files(client: LanguageClient):
    uri, text = opened(client, "mistake.traceql")
    position = types.Position(0, text.index("status_code"))
    new_name = "span.http.response.status_code"
    params = types.RenameParams(text_document=name_of(uri), position=position, new_name=new_name)
    edit = await client.text_document_rename_async(params)
    changes = dict(edit.changes or {})
    for change in edit.document_changes or []:
        changes[change.text_document.uri] = change.edits
    dashboard = (SPACE / "dashboard.json").as_uri()
    assert set(changes) == {uri, dashboard}
    lines = (SPACE / "dashboard.json").read_text().splitlines()
    (edit,) = changes[dashboard]
    line, start, end = edit.range.start.line, edit.range.start.character, edit.range.end.character
    mended = lines[line][:start] + edit.new_text + lines[line][end:]
    assert '\\"GET /\\" && span.http.response.status_code = 500 }"' in mended


async def run_query(client, argument):
    params = types.ExecuteCommandParams(command="traceql.runQuery", arguments=[argument])
    answer = await client.workspace_execute_command_async(params)
    return answer if isinstance(answer, dict) else answer._asdict()


async def test_a_query_is_run(client: LanguageClient):
    answer = await run_query(client, {"query": '{ resource.service.name = "cart" }', "limit": 3})
    assert len(answer["traces"]) == 3
    assert answer["complete"] is True
    assert answer["notes"], "that there are more traces is told"


async def test_the_query_at_a_place_is_run(client: LanguageClient):
    uri, text = opened(client, "dashboard.json")
    lines = text.splitlines()
    line = next(number for number, line in enumerate(lines) if "status_code" in line)
    place = {"line": line, "character": lines[line].index("status_code")}
    answer = await run_query(client, {"uri": uri, "position": place})
    # The data has four such spans, in two traces.
    assert len(answer["traces"]) == 2
    assert answer["complete"] is True


async def test_an_attribute_is_explained(client: LanguageClient):
    uri, text = opened(client, "mistake.traceql")
    position = types.Position(0, text.index("status_code"))
    answer = await client.text_document_hover_async(types.HoverParams(text_document=name_of(uri), position=position))
    assert "http.response.status_code" in answer.contents.value
