"""Work on untrusted pages in processes that can be killed: a time limit that holds inside C code too.

libxml2 takes minutes for one tag with 200,000 attributes, and no signal handler of Python runs meanwhile. So the limit is
the kernel's: a timer whose signal nobody handles ends the process. It counts processor time: whether a page can be read is
no matter of what else the machine does. Neither Scrapy nor the store is imported here.
"""

from __future__ import annotations

import contextlib
import gc
import itertools
import os
import pickle
import resource
import select
import signal
import subprocess
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, NoReturn, ParamSpec, TypeVar, cast

P = ParamSpec("P")
T = TypeVar("T")
A = TypeVar("A")

PARSE_TIMEOUT, PARSE_CRASH = "parse_timeout", "parse_crash"
# The kernel's timer ends a worker in time; a process that even that cannot end (stopped, in a dead mount) is left behind.
_GRACE_SECONDS = 5.0
# A page that waits longer than it computes (a machine that swaps) ends, too.
_WAITING = 4
# glibc keeps what one large page took: a worker that grew so much leaves, and a fresh one takes its place. Growth, not
# size: what getrusage calls a process's peak includes its parent's size at the moment of the start.
_GROWTH_MAX_KB = 128 * 1024
# A child of pieces holds 250 MB in all, with what it shares with its parent and what one more piece may take.
_PIECES_GROWTH_MAX_KB = 48 * 1024
# A net below the limits of pages: what asks for more is a page that fails, not a machine that swaps.
_ADDRESSES_MAX = 2 * 1024**3
_BOOT = "import sys; sys.path[:] = sys.argv[3:]; from newsharvest.parsing import serve; serve(int(sys.argv[1]), int(sys.argv[2]))"
# numpy's BLAS takes addresses for a thread a core: on a large machine more than the net allows.
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
# Few of a page's objects stand in cycles: looking for them at every 700 that are made costs 2 % of a page.
_GARBAGE = 10_000
_TIMERS = frozenset({-signal.SIGPROF, -signal.SIGALRM})
_PROTOCOL = pickle.HIGHEST_PROTOCOL
_NO_MORE = pickle.dumps((True, None), _PROTOCOL)


class ParseFailedError(RuntimeError):
    """A page that cost its process its life; ``reason`` is parse_timeout or parse_crash."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason


class Abandoned(Exception):  # noqa: N818 - no error of the page: the run is being stopped
    """The work was given up because the run ends; the page is archived and is parsed by the next run."""


class Worker:
    """One process that does one piece of work at a time, replaced whenever it dies. Use each from one thread at a time.

    >>> worker = Worker(seconds=10); worker.call(len, b"abc"); worker.close()
    3
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._to: Connection | None = None
        self._from: Connection | None = None
        self._given_up = self._overdue = False
        self._starting = threading.Lock()

    def call(self, function: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        """What a function of a module returns for picklable arguments.

        ParseFailedError where it did not return within ``seconds`` or took its process down; Abandoned after `give_up`;
        what the function itself raised, with the traceback there as a note.
        """
        packed = pickle.dumps((self.seconds, function, arguments, named), _PROTOCOL)
        answer = self._exchange(packed) or self._exchange(packed)
        if answer is None:
            raise ParseFailedError(PARSE_CRASH, "two workers in a row ended before they began")
        return cast("T", _value(answer))

    def give_up(self) -> None:
        """End the process now, from any thread; what it works on, and all later work, is Abandoned."""
        with self._starting:
            self._given_up = True
            if self._process is not None:
                self._process.kill()

    def close(self) -> None:
        """End the process; a later call would start another."""
        for end in (self._to, self._from):
            if end is not None:
                end.close()
        if self._process is not None:
            self._process.wait()
        self._process = self._to = self._from = None

    def _exchange(self, packed: bytes) -> bytes | None:
        """The answer; null where the worker had left of its own accord before it took the work."""
        process, to, answers = self._alive()
        try:
            to.send_bytes(packed)
            if not _answered(answers, self.seconds * _WAITING + _GRACE_SECONDS):
                self._overdue = True
                process.kill()
            return answers.recv_bytes()
        except (EOFError, OSError):
            self._dead(process)
            return None

    def _alive(self) -> tuple[subprocess.Popen[bytes], Connection, Connection]:
        with self._starting:
            if self._given_up:
                raise Abandoned
            if self._process is None or self._to is None or self._from is None:
                self._process, self._to, self._from = _started()
            return self._process, self._to, self._from

    def _dead(self, process: subprocess.Popen[bytes]) -> None:
        """Raises what ended the process; nothing where it left in order."""
        self.close()
        if self._given_up:
            raise Abandoned
        code = process.returncode
        if code == 0:
            return
        overdue, self._overdue = self._overdue or code in _TIMERS, False
        reason = PARSE_TIMEOUT if overdue else PARSE_CRASH
        raise ParseFailedError(reason, f"its process ended with {code}")


def _answered(answers: Connection, seconds: float) -> bool:
    """As `Connection.poll`, which makes a selector for every look."""
    ready = select.poll()
    ready.register(answers.fileno(), select.POLLIN)
    return bool(ready.poll(seconds * 1000))


def _started() -> tuple[subprocess.Popen[bytes], Connection, Connection]:
    their_in, my_out = os.pipe()
    my_in, their_out = os.pipe()
    words = [sys.executable, "-c", _BOOT, str(their_in), str(their_out), *sys.path]
    try:
        process = subprocess.Popen(  # noqa: S603
            words, pass_fds=(their_in, their_out), stdin=subprocess.DEVNULL, env=os.environ | _ONE_THREAD
        )
    finally:
        os.close(their_in)
        os.close(their_out)
    return process, Connection(my_out, readable=False), Connection(my_in, writable=False)


def serve(requests_fd: int, answers_fd: int) -> None:
    """A worker's life: work until the other side hangs up. Only the other side, and the timer, may end it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESSES_MAX, _ADDRESSES_MAX))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    requests, answers = Connection(requests_fd, writable=False), Connection(answers_fd, readable=False)
    gc.set_threshold(_GARBAGE)
    began = _peak_kb()
    while _peak_kb() - began < _GROWTH_MAX_KB:
        try:
            packed = requests.recv_bytes()
        except EOFError:
            return
        answers.send_bytes(_answer(packed))


def _peak_kb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _answer(packed: bytes) -> bytes:
    seconds, function, arguments, named = pickle.loads(packed)  # noqa: S301 - from our own process
    with limited(seconds):
        return _packed(function, arguments, named)


def _packed(function: Callable[..., object], arguments: tuple[object, ...], named: dict[str, object]) -> bytes:
    """The result, or the traceback, for `_value`. A process without memory ends: how much it has is no fact of a page."""
    try:
        return pickle.dumps((True, function(*arguments, **named)), _PROTOCOL)
    except MemoryError:
        os._exit(os.EX_SOFTWARE)
    except Exception as error:  # noqa: BLE001 - raised again at the caller
        return pickle.dumps((False, _picklable(error)), _PROTOCOL)


def _picklable(error: Exception) -> Exception:
    """The exception itself where it survives the way, with its traceback as a note."""
    trace = traceback.format_exc()
    error.add_note(trace)
    try:
        pickle.loads(pickle.dumps(error, _PROTOCOL))  # noqa: S301 - our own
    except Exception:  # noqa: BLE001 - an exception that cannot be made anew may fail in any way
        return RuntimeError(trace)
    return error


def _value(packed: bytes) -> Any:  # noqa: ANN401 - whatever the function returned
    done, result = pickle.loads(packed)  # noqa: S301 - from our own process
    if not done:
        raise result
    return result


@contextlib.contextmanager
def limited(seconds: float) -> Iterator[None]:
    """This process ends where the block takes more processor time (or four times as long by the clock).

    For processes that are made to be killed only.
    """
    timers = ((signal.ITIMER_PROF, signal.SIGPROF, seconds), (signal.ITIMER_REAL, signal.SIGALRM, seconds * _WAITING))
    for timer, number, limit in timers:
        signal.signal(number, signal.SIG_DFL)
        signal.setitimer(timer, limit)
    try:
        yield
    finally:
        for timer, _, _ in timers:
            signal.setitimer(timer, 0)


@dataclass(slots=True)
class _Child(Generic[A]):
    pid: int
    work: Connection
    piece: A
    again: bool
    given: int = 0
    """How many values came of the piece."""


def in_children(
    function: Callable[[A], Iterable[T]], work: Iterable[A], jobs: int, after_death: Callable[[A, int], A]
) -> Iterator[T]:
    """The values that a function gives for each piece of work, as they come, in ``jobs`` forked children.

    A child does one (picklable) piece after the other, until it has grown too much: another takes its place. One that dies
    has its piece done once more, as ``after_death`` changes it, which is told how many values it gave; ParseFailedError
    where that dies too. What the function raises is raised here. Nothing of this process is open in a child but its
    standard streams. A value waits in its child until it is asked for.
    """
    waiting = iter(work)
    running = dict(_forked(function, piece) for piece in itertools.islice(waiting, jobs))
    try:
        while running:
            ready = cast("list[Connection]", wait(list(running)))[0]
            child = running[ready]
            answer = _received(ready)
            if answer == _NO_MORE:
                if not _goes_on(child, waiting):
                    child.work.close()
            elif answer is not None:
                child.given += 1
                yield _value(answer)
            else:
                del running[ready]
                running.update(_after(function, ready, child, waiting, after_death))
    finally:
        for ready, child in running.items():
            os.kill(child.pid, signal.SIGKILL)
            _ended_well(ready, child)


def _goes_on(child: _Child[A], waiting: Iterator[A]) -> bool:
    """Give a child that has done its piece the next one; whether there was one."""
    for piece in itertools.islice(waiting, 1):
        child.piece, child.given, child.again = piece, 0, False
        with contextlib.suppress(OSError):  # it is dead: its end of the answers tells
            child.work.send_bytes(pickle.dumps(piece, _PROTOCOL))
        return True
    return False


def _after(
    function: Callable[[A], Iterable[T]],
    ready: Connection,
    child: _Child[A],
    waiting: Iterator[A],
    after_death: Callable[[A, int], A],
) -> list[tuple[Connection, _Child[A]]]:
    """Who takes the place of a child that has ended: for the next piece, or for the one that it died on."""
    if _ended_well(ready, child):
        return [_forked(function, piece) for piece in itertools.islice(waiting, 1)]
    if child.again:
        raise ParseFailedError(PARSE_CRASH, f"twice on {child.piece}")
    return [_forked(function, after_death(child.piece, child.given), again=True)]


def _forked(function: Callable[[A], Iterable[T]], piece: A, *, again: bool = False) -> tuple[Connection, _Child[A]]:
    mine, theirs = os.pipe()
    their_work, my_work = os.pipe()
    with warnings.catch_warnings():  # Python 3.12: other threads are not there in the child, which needs none of them
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if not pid:
        _child(function, piece, theirs, their_work)
    os.close(theirs)
    os.close(their_work)
    return Connection(mine, writable=False), _Child(pid, Connection(my_work, readable=False), piece, again)


def _child(function: Callable[[A], Iterable[T]], piece: A, answers_fd: int, work_fd: int) -> NoReturn:
    """A forked child's life. The lock of the data dir is closed with everything else: it must not outlive its owner."""
    status = os.EX_SOFTWARE
    try:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        signal.set_wakeup_fd(-1)
        first, second = sorted((answers_fd, work_fd))
        os.closerange(3, first)
        os.closerange(first + 1, second)
        os.closerange(second + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
        with Connection(answers_fd, readable=False) as answers, Connection(work_fd, writable=False) as work:
            _piecework(function, piece, answers, work)
        status = os.EX_OK
    finally:
        os._exit(status)


def _piecework(function: Callable[[A], Iterable[T]], piece: A, answers: Connection, work: Connection) -> None:
    """Do pieces until none comes, or until this process has grown too much to take another: it then leaves between two."""
    began = _peak_kb()
    while True:
        values = iter(function(piece))
        while (packed := _packed(next, (values, None), {})) != _NO_MORE:
            answers.send_bytes(packed)
        if _peak_kb() - began > _PIECES_GROWTH_MAX_KB:
            return
        answers.send_bytes(_NO_MORE)
        try:
            piece = pickle.loads(work.recv_bytes())  # noqa: S301 - from our own process
        except EOFError:
            return


def _received(ready: Connection) -> bytes | None:
    """The next value of a child; null where it ended."""
    try:
        return ready.recv_bytes()
    except (EOFError, OSError):
        return None


def _ended_well(ready: Connection, child: _Child[A]) -> bool:
    """Reap a child; whether it had come to its end."""
    ready.close()
    child.work.close()
    return os.waitpid(child.pid, 0)[1] == os.EX_OK
