"""Reading input from a person: prompt_toolkit's line editor, or plain lines on a dumb terminal."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import laminardb
from laminardb.cli import completion, keywords
from laminardb.cli.errors import ShellError
from laminardb.cli.lexer import Kind, tokenize
from laminardb.cli.script import needs_more
from laminardb.cli.terminal import is_terminal

if TYPE_CHECKING:
    from prompt_toolkit.document import Document

    from laminardb.cli.session import Session

PROMPT = "laminardb> "
CONTINUATION = "      ...> "
_HIGHLIGHTS = {
    Kind.STRING: "class:string",
    Kind.NUMBER: "class:number",
    Kind.COMMENT: "class:comment",
    Kind.QUOTED_NAME: "class:name",
    Kind.PARAMETER: "class:number",
}
_STYLES = {
    "prompt": "bold",
    "keyword": "ansiblue bold",
    "string": "ansigreen",
    "number": "ansimagenta",
    "comment": "italic ansibrightblack",
    "command": "ansicyan",
}

Read = Callable[[str], str]


def reader(session: Session) -> Read:
    """A function that reads one input, which may span lines, given what it is to begin with.

    It raises `KeyboardInterrupt` when the user drops the input and `EOFError` when they leave.
    """
    if not is_terminal(sys.stdout):
        return _read_plain
    return _editor(session)


def history_path() -> Path:
    """Where what was typed is kept: in the user's state directory."""
    state = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(state) / "laminardb" / "history"


def fragments(text: str) -> list[tuple[str, str]]:
    """`text` cut into pieces with the class each is to be drawn in."""
    if text.startswith(("\\", ".")):
        return [("class:command", text)]
    pieces: list[tuple[str, str]] = []
    position = 0
    for token in tokenize(text):
        if token.begin > position:
            pieces.append(("", text[position : token.begin]))
        shown = text[token.begin : token.end]
        style = _HIGHLIGHTS.get(token.kind, "")
        if token.kind is Kind.WORD and (shown.upper() in keywords.KEYWORDS or shown.upper() in keywords.TYPES):
            style = "class:keyword"
        pieces.append((style, shown))
        position = token.end
    if position < len(text):
        pieces.append(("", text[position:]))
    return pieces


def _read_plain(prefill: str) -> str:
    text = prefill
    prompt = PROMPT
    while True:
        text += input(prompt) + "\n"
        if not needs_more(text):
            return text
        prompt = CONTINUATION


def _editor(session: Session) -> Read:
    try:
        from prompt_toolkit import PromptSession
        from prompt_toolkit.application import run_in_terminal
        from prompt_toolkit.completion import Completer, Completion
        from prompt_toolkit.filters import completion_is_selected, has_completions, is_searching
        from prompt_toolkit.history import FileHistory, InMemoryHistory
        from prompt_toolkit.key_binding import KeyBindings
        from prompt_toolkit.lexers import Lexer
        from prompt_toolkit.styles import Style
    except ImportError:
        raise ShellError(
            "the interactive shell needs prompt_toolkit: pip install 'laminardb[cli]'; scripts run without it "
            "(laminardb run FILE, laminardb -c SQL)"
        ) from None

    names = completion.Names(session.conn)

    class SqlCompleter(Completer):
        def get_completions(self, document: Document, event: Any) -> Iterable[Completion]:
            after = document.text_after_cursor
            try:
                candidates = completion.complete(document.text_before_cursor, after, names)
            except laminardb.LaminarError:  # what Tab offers is not worth an error in the middle of a line
                return
            for found in candidates:
                yield Completion(found.text, start_position=found.start, display_meta=found.kind)

    class SqlLexer(Lexer):
        def lex_document(self, document: Document) -> Callable[[int], list[tuple[str, str]]]:
            lines: list[list[tuple[str, str]]] = [[]]
            for style, text in fragments(document.text):
                first, *rest = text.split("\n")
                lines[-1].append((style, first))
                lines += [[(style, part)] for part in rest]
            return lambda number: lines[number] if number < len(lines) else []

    bindings = KeyBindings()

    @bindings.add("enter", filter=~is_searching & ~(has_completions & completion_is_selected))
    def _enter(event: Any) -> None:
        buffer = event.current_buffer
        if needs_more(buffer.text):
            buffer.newline(copy_margin=False)
        else:
            buffer.validate_and_handle()

    try:
        history_path().parent.mkdir(parents=True, exist_ok=True)
        history: Any = FileHistory(str(history_path()))
    except OSError:  # a home that cannot be written is no reason not to work
        history = InMemoryHistory()
    colours = {} if os.environ.get("NO_COLOR") else _STYLES
    editor: PromptSession[str] = PromptSession(
        message=[("class:prompt", PROMPT)],
        multiline=True,
        # Only before lines that were begun with Enter, not where a long one wraps.
        prompt_continuation=lambda _width, _line, wrapped: "" if wrapped else CONTINUATION,
        completer=SqlCompleter(),
        complete_while_typing=False,
        complete_in_thread=False,
        lexer=SqlLexer(),
        history=history,
        style=Style.from_dict(colours),
        key_bindings=bindings,
        enable_open_in_editor=True,
    )

    def print_background() -> None:
        sys.stdout.write(session.background.take())
        sys.stdout.flush()

    def print_above_prompt() -> None:
        if session.background.has_text():
            run_in_terminal(print_background)

    def on_text() -> None:
        app = editor.app
        if app.is_running and app.loop is not None:
            # The loop may end at any moment; what is not printed then is printed before the next prompt.
            with contextlib.suppress(RuntimeError):
                app.loop.call_soon_threadsafe(print_above_prompt)

    session.background.on_text = on_text

    def read(prefill: str) -> str:
        # What came while a statement ran goes out first; what comes until the editor runs, when it starts.
        print_background()
        return editor.prompt(default=prefill, pre_run=on_text)

    return read
