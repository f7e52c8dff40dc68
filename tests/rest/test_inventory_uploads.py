"""Uploads of inventory records: received as a stream, carried out piece by piece, valid line by line."""

import datetime as dt
import json
import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from orderwright.app import create_app
from orderwright.jobs.inventory import carry_out_piece, forget_half_received
from orderwright.rest.inventory import uploads
from orderwright.settings import Settings
from orderwright.store.database import Database
from orderwright.store.transaction import Store
from tests.rest.calling import BASE, Caller, exact
from tests.rest.stocking import UPLOADS, Stockroom

EFFECTIVE = "2026-01-01T00:00:00Z"


@pytest.fixture
async def room(api: Caller, database: Database) -> AsyncIterator[Stockroom]:
    made = Stockroom(api, database)
    await made.locate({"G": ["A", "B"]})
    yield made
    await made.check_ledger()


def line(room: Stockroom, sku: str, on_hand: Any, **more: Any) -> dict[str, Any]:
    record = {"recordId": room.action(), "sku": room.name(sku), "onHand": on_hand, "effectiveDate": EFFECTIVE}
    return record | more


def place(room: Stockroom, location: str) -> dict[str, Any]:
    return {"location": room.name(location), "mode": "UPDATE"}


def ndjson(*lines: Any) -> bytes:
    return "".join((text if isinstance(text, str) else json.dumps(text)) + "\n" for text in lines).encode()


async def send(room: Stockroom, content: bytes, version: str = "v67.0", name: str = "fileUpload") -> httpx.Response:
    path = f"/services/data/{version}{UPLOADS}"
    return await room.api.http.post(path, files={"comment": (None, b"not this"), name: ("stock.ndjson", content)})


async def uploaded(room: Stockroom, content: bytes) -> str:
    answer = await send(room, content)
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert body.keys() == {"errors", "success", "uploadId"}
    return str(body["uploadId"])


async def status(room: Stockroom, upload: str) -> dict[str, Any]:
    found: dict[str, Any] = exact(await room.api.send("GET", f"{UPLOADS}/{upload}"))
    return found


async def carried_out(room: Stockroom, store: Store, content: bytes) -> dict[str, Any]:
    upload = await uploaded(room, content)
    while await carry_out_piece(store):
        pass
    return await status(room, upload)


def counts(found: dict[str, Any]) -> list[int]:
    return [found[f"records{name}Count"] for name in ("Read", "Processed", "Skipped")]


async def test_records_belong_to_the_location_named_above_them(room: Stockroom, store: Store):
    content = ndjson(
        place(room, "A"), line(room, "mug", 5), line(room, "cup", 1.25, safetyStockCount=0.25),
        place(room, "B"), line(room, "mug", 7, futures=[{"quantity": 3, "expectedDate": "2030-01-01T00:00:00Z"}]),
    )  # fmt: skip
    found = await carried_out(room, store, content)
    assert found["status"] == "COMPLETED"
    assert [found["validationStatus"], found["validationErrors"], counts(found)] == ["PASSED", [], [3, 3, 0]]
    assert found["startTimeUTC"] == found["endTimeUTC"] == "2026-03-01T10:00:00.123Z"
    assert await room.figures("A", "mug") == [5, 0, 0, 5, 5]
    assert await room.figures("B", "mug") == [7, 0, 0, 7, 10]
    assert (await room.at("A", "cup"))["availableToFulfill"] == 1


async def test_csv_is_read_by_the_names_of_its_columns(room: Stockroom, store: Store):
    rows = [
        f"{room.name('A')},{room.name('mug')},5,{EFFECTIVE},",
        f'{room.name("B")},"{room.name("a,b")}",2,{EFFECTIVE},1',
    ]
    content = "\r\n".join(["location,sku,onHand,effectiveDate,safetyStockCount", *rows]).encode()
    assert counts(await carried_out(room, store, content)) == [2, 2, 0]
    assert (await room.at("B", "a,b"))["availableToFulfill"] == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            '{"recordId": "1", "sku": "a", "onHnad": 1}',
            "INVALID_FIELD: unknown property 'onHnad'; did you mean 'onHand'?",
        ),
        ('{"recordId": "1", "sku": "a", "onHand": 1', "INVALID_INPUT: this is no JSON"),
        ('[{"sku": "a"}],', "INVALID_INPUT: this is no JSON"),
        ("[1]", "send one object per line"),
        (f'{{"sku": "a", "onHand": 1, "effectiveDate": "{EFFECTIVE}"}}', "recordId is missing"),
        ('{"recordId": "1", "sku": "a", "onHand": 1}', "effectiveDate is missing"),
        ('{"recordId": "1", "sku": "a", "onHand": 1, "effectiveDate": "2026-01-01T00:00:00"}', "timezone"),
        (f'{{"recordId": "1", "sku": "a", "onHand": -1, "effectiveDate": "{EFFECTIVE}"}}', "onHand is -1"),
        (f'{{"recordId": "1", "sku": "a", "onHand": 1e16, "effectiveDate": "{EFFECTIVE}"}}', "stay below"),
        (f'{{"recordId": "1", "sku": "a", "onHand": "many", "effectiveDate": "{EFFECTIVE}"}}', "INVALID_INPUT"),
        (f'{{"recordId": "1", "sku": "", "onHand": 1, "effectiveDate": "{EFFECTIVE}"}}', "the SKU has 0 characters"),
        (f'{{"recordId": "1", "onHand": 1, "effectiveDate": "{EFFECTIVE}"}}', "needs sku"),
        (f'{{"recordId": "1", "sku": "a\\u0000", "onHand": 1, "effectiveDate": "{EFFECTIVE}"}}', "null character"),
        (
            (
                f'{{"recordId": "1", "sku": "a", "effectiveDate": "{EFFECTIVE}", '
                '"futures": [{"quantity": 1, "expectedDate": "2026-03-01T10:00:00Z"}]}'
            ),
            "which is over",
        ),
        (
            (
                f'{{"recordId": "1", "sku": "a", "effectiveDate": "{EFFECTIVE}", '
                '"futures": [{"quantity": 0, "expectedDate": "2030-03-01T10:00:00Z"}]}'
            ),
            "a restock of zero",
        ),
        # Moments of which no UTC is known.
        *(
            (f'{{"recordId": "1", "sku": "a", {fields}}}', "a year from 2 to 9998")
            for fields in (
                '"onHand": 1, "effectiveDate": "0001-01-01T00:00:00+14:00"',
                '"onHand": 1, "effectiveDate": "9999-12-31T23:59:59-14:00"',
                f'"effectiveDate": "{EFFECTIVE}", "futures": [{{"quantity": 1, "expectedDate": "9999-12-31T23:59:59-14:00"}}]',  # noqa: E501
            )
        ),
        ('{"location": "A", "mode": "DELETE"}', "only UPDATE"),
        (
            f'{{"recordId": "1", "sku": "a", "location": "Nowhere", "effectiveDate": "{EFFECTIVE}"}}',
            "location 'Nowhere'",
        ),
    ],
)
async def test_a_line_that_is_not_valid_is_skipped_and_told(room: Stockroom, store: Store, text: str, says: str):
    content = ndjson(place(room, "A"), line(room, "mug", 1), text, line(room, "cup", 2))
    found = await carried_out(room, store, content)
    assert [found["status"], found["validationStatus"], counts(found)] == ["COMPLETED", "FAILED", [3, 2, 1]]
    (problem,) = found["validationErrors"]
    assert problem.startswith("line 3: ")
    assert says in problem
    assert (await room.at("A", "cup"))["onHand"] == 2


async def test_a_record_above_every_location_has_none(room: Stockroom, store: Store):
    found = await carried_out(room, store, ndjson(line(room, "mug", 1)))
    assert "no location is known here" in found["validationErrors"][0]


async def test_what_a_record_leaves_out_stays_and_what_it_empties_is_cleared(room: Stockroom, store: Store):
    future = [{"quantity": 3, "expectedDate": "2030-01-01T00:00:00Z"}]
    full = line(room, "mug", 5, safetyStockCount=2, futures=future)
    kept = {"recordId": room.action(), "sku": room.name("mug"), "effectiveDate": EFFECTIVE, "onHand": 6}
    cleared = kept | {"recordId": room.action(), "onHand": "", "safetyStockCount": None, "futures": None}
    await carried_out(room, store, ndjson(place(room, "A"), full, kept))
    assert await room.figures("A", "mug") == [6, 0, 2, 4, 7]
    await carried_out(room, store, ndjson(place(room, "A"), cleared))
    assert await room.figures("A", "mug") == [0, 0, 0, 0, 0]


async def test_a_record_is_imported_once_however_often_it_is_sent(room: Stockroom, store: Store):
    content = ndjson(place(room, "A"), line(room, "mug", 5), line(room, "cup", 1))
    await carried_out(room, store, content)
    await room.count("A", "mug", 9)
    assert counts(await carried_out(room, store, content)) == [2, 0, 2]
    assert (await room.at("A", "mug"))["onHand"] == 9


async def test_a_record_may_have_the_id_of_another_kind_of_action(room: Stockroom, store: Store):
    """Only a record is known again by its id: a reservation of the same name says nothing of what was counted."""
    await room.count("A", "mug", 5)
    reservation = await room.reserve(room.line("A", "mug", 1))
    content = ndjson(place(room, "A"), line(room, "mug", 9, recordId=reservation))
    assert counts(await carried_out(room, store, content)) == [1, 1, 0]
    assert await room.figures("A", "mug") == [9, 1, 0, 8, 8]


async def test_of_several_records_for_one_place_the_last_counts(room: Stockroom, store: Store):
    records = [line(room, "mug", number) for number in (3, 9, 4)]
    assert counts(await carried_out(room, store, ndjson(place(room, "A"), *records))) == [3, 3, 0]
    assert (await room.at("A", "mug"))["onHand"] == 4


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "PIECE_BYTES", 400)


@pytest.mark.usefixtures("small_pieces")
async def test_progress_can_be_seen_and_a_failure_goes_on_where_it_stopped(
    room: Stockroom, store: Store, monkeypatch: pytest.MonkeyPatch
):
    records = [line(room, f"s{number}", number) for number in range(20)]
    upload = await uploaded(room, ndjson(place(room, "A"), *records[:10], "oops", place(room, "B"), *records[10:]))
    waiting = await status(room, upload)
    assert [waiting["status"], waiting["validationStatus"], waiting["endTimeUTC"]] == ["PENDING", "PENDING", None]
    assert await carry_out_piece(store) == 1
    running = await status(room, upload)
    assert running["status"] == "RUNNING"
    assert 0 < running["recordsReadCount"] < 21

    # A worker that ends in the middle of a piece has done nothing of it.
    with monkeypatch.context() as broken:
        broken.setattr("orderwright.jobs.inventory.save_progress", _lost)
        with pytest.raises(ConnectionError):
            await carry_out_piece(store)
    assert await status(room, upload) == running
    await room.check_ledger()

    while await carry_out_piece(store):
        pass
    found = await status(room, upload)
    assert [found["status"], counts(found)] == ["COMPLETED", [21, 20, 1]]
    assert found["validationErrors"][0].startswith("line 12: ")
    assert (await room.at("B", "s19"))["onHand"] == 19
    assert (await room.at("A", "s9"))["onHand"] == 9
    left = await room.database.main.fetchval("SELECT count(*) FROM inventory.piece WHERE upload_id = $1", upload)
    assert left == 0


async def _lost(*_: object) -> None:
    raise ConnectionError("the worker lost the database")


@pytest.mark.usefixtures("small_pieces")
async def test_an_upload_that_cannot_be_carried_out_ends_and_those_behind_it_go_on(
    room: Stockroom, store: Store, monkeypatch: pytest.MonkeyPatch
):
    first = await uploaded(room, ndjson(place(room, "A"), *(line(room, "mug", 1) for _ in range(9))))
    second = await uploaded(room, ndjson(place(room, "A"), line(room, "mug", 2)))

    async def fault(*_: object) -> None:
        raise ValueError("a fault of ours")

    with monkeypatch.context() as broken:
        broken.setattr("orderwright.jobs.inventory.put_waves", fault)
        await carry_out_piece(store)
    while await carry_out_piece(store):
        pass
    found = await status(room, first)
    assert [found["status"], "a fault of ours" in found["validationErrors"][0]] == ["FAILED", True]
    left = await room.database.main.fetchval("SELECT count(*) FROM inventory.piece WHERE upload_id = $1", first)
    assert left == 0
    assert (await status(room, second))["status"] == "COMPLETED"
    assert (await room.at("A", "mug"))["onHand"] == 2


@pytest.mark.usefixtures("small_pieces")
async def test_later_uploads_have_the_last_word(room: Stockroom, store: Store):
    for on_hand in (1, 2, 3):
        await uploaded(room, ndjson(place(room, "A"), *(line(room, f"s{n}", on_hand) for n in range(5))))
    while await carry_out_piece(store):
        pass
    assert [(await room.at("A", f"s{n}"))["onHand"] for n in range(5)] == [3] * 5


async def test_the_first_hundred_problems_are_told_and_all_are_counted(room: Stockroom, store: Store):
    found = await carried_out(room, store, ndjson(place(room, "A"), *["oops"] * 120))
    assert [len(found["validationErrors"]), counts(found)] == [100, [120, 0, 120]]


# --- how a file comes in ----------------------------------------------------------------------------------------------


async def half(room: Stockroom) -> int:
    return int(await room.database.main.fetchval("SELECT count(*) FROM inventory.upload WHERE status = 'STAGING'"))


@pytest.mark.parametrize(
    ("headers", "content", "expected"),
    [
        ({"Content-Type": "application/json"}, b"{}", (415, "UNSUPPORTED_MEDIA_TYPE")),
        ({"Content-Type": "multipart/form-data"}, b"", (415, "UNSUPPORTED_MEDIA_TYPE")),
        ({"Content-Type": "multipart/form-data; boundary=x"}, b"", (400, "JSON_PARSER_ERROR")),
        ({"Content-Type": "multipart/form-data; boundary=x"}, b"--x--", (400, "REQUIRED_FIELD_MISSING")),
        (
            {"Content-Type": "multipart/form-data; boundary=x"},
            b'--x\r\nContent-Disposition: form-data; name="fileUpload"\r\n\r\n{"a"',
            (400, "JSON_PARSER_ERROR"),
        ),
        (
            {"Content-Type": "multipart/form-data; boundary=x"},
            b'--x\r\nContent-Disposition: form-data; name="fileUpload"\r\n\r\n\r\n--x--\r\n',
            (400, "INVALID_INPUT"),
        ),
        (
            {"Content-Type": "multipart/form-data; boundary=x"},
            b'--x\r\nContent-Disposition: form-data; name="other"\r\n\r\n{}\r\n--x--\r\n',
            (400, "REQUIRED_FIELD_MISSING"),
        ),
    ],
)
async def test_bodies_without_the_file_are_refused_and_leave_nothing(
    room: Stockroom, headers: dict[str, str], content: bytes, expected: tuple[int, str]
):
    before = await half(room)
    answer = await room.api.http.post(BASE + UPLOADS, headers=headers, content=content)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == expected
    assert answer.headers["connection"] == "close"
    assert await half(room) == before


async def test_a_file_may_be_larger_than_other_bodies_and_comes_in_arbitrary_pieces(room: Stockroom, store: Store):
    """The boundary may be split between two pieces, and a file need not end with the end of a line."""
    records = [line(room, f"s{number}", number, recordId=str(uuid.uuid4())) for number in range(50)]
    boundary = b"b0undary"
    head = b'--b0undary\r\nContent-Disposition: form-data; name="fileUpload"; filename="a"\r\n\r\n'
    body = head + ndjson(place(room, "A"), *records).rstrip() + b"\r\n--b0undary--\r\n"

    async def bit_by_bit() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 7):
            yield body[start : start + 7]

    headers = {"Content-Type": f"multipart/form-data; boundary={boundary.decode()}"}
    answer = await room.api.http.post(BASE + UPLOADS, headers=headers, content=bit_by_bit())
    assert answer.status_code == 201, answer.text
    while await carry_out_piece(store):
        pass
    assert counts(await status(room, answer.json()["uploadId"])) == [50, 50, 0]


async def test_pieces_are_whole_lines_of_about_their_size():
    text = b"".join(b"x" * (number % 97) + b"\n" for number in range(20_000))

    async def content(size: int) -> AsyncIterator[bytes]:
        for start in range(0, len(text), size):
            yield text[start : start + size]

    for size in (1000, 131_072, len(text)):
        pieces = [piece async for piece in uploads._whole_lines(content(size))]
        assert b"".join(pieces) == text
        assert all(piece.endswith(b"\n") for piece in pieces)
        assert max(map(len, pieces)) <= uploads.PIECE_BYTES


async def test_a_file_without_lines_is_refused_before_it_fills_the_memory(room: Stockroom):
    answer = await send(room, b"x" * (uploads.LONGEST_LINE_BYTES + 1))
    assert [answer.status_code, answer.json()[0]["errorCode"]] == [400, "INVALID_INPUT"]


async def test_a_file_may_be_larger_than_another_body_but_has_its_limit_too(room: Stockroom, store: Store):
    """Also where no length was announced."""
    content = ndjson(place(room, "A"), *(line(room, f"s{number}", number) for number in range(100)))
    headers = dict(room.api.http.headers)

    async def unannounced() -> AsyncIterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="fileUpload"\r\n\r\n'
        yield content
        yield b"\r\n--x--\r\n"

    for most, expected in ((len(content) // 2, 413), (2 * len(content), 201)):
        app = create_app(store, Settings(largest_body_bytes=1024, largest_upload_bytes=most))
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://orderwright.test", headers=headers) as http:
            before = await half(room)
            announced = await http.post(BASE + UPLOADS, files={"fileUpload": ("a", content)})
            sent_along = {"Content-Type": "multipart/form-data; boundary=x"}
            streamed = await http.post(BASE + UPLOADS, content=unannounced(), headers=sent_along)
            assert [announced.status_code, streamed.status_code] == [expected, expected]
            assert await half(room) == before
    while await carry_out_piece(store):
        pass


async def test_a_file_that_was_never_received_whole_is_forgotten_after_a_day(room: Stockroom, store: Store, clock: Any):
    begin = "INSERT INTO inventory.upload (id, kind, status, received_at, created_by_id) VALUES ($1, 'Availability', 'STAGING', $2, '')"  # noqa: E501
    upload = str(uuid.uuid4())
    await room.database.main.execute(begin, upload, clock.now)
    assert (await room.api.send("GET", f"{UPLOADS}/{upload}")).status_code == 404
    await forget_half_received(store)
    assert await half(room) >= 1
    clock.now += dt.timedelta(hours=25)
    assert await forget_half_received(store) >= 1
    assert await half(room) == 0


async def test_a_file_cannot_be_part_of_a_composite(room: Stockroom):
    part = {"method": "POST", "url": BASE + UPLOADS, "referenceId": "file"}
    answer = await room.api.send("POST", "/composite", {"compositeRequest": [part]})
    assert answer.json()["compositeResponse"][0]["httpStatusCode"] == 415
