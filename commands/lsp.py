"""`relance lsp`: the language server, over standard input and output."""

import click


@click.command(
    epilog="Editors start this command themselves; docs/editors.md says how to tell them.",
    short_help="Serve editors: mistakes as you type, completion, definitions, renames.",
)
def command() -> None:
    """Speak the Language Server Protocol on standard input and output, until the editor ends it."""
    from importlib.metadata import version

    from commands.editor.server import create_server

    create_server(version("relance")).start_io()
