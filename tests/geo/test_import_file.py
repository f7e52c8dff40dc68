"""A file of postal codes is taken whole or not at all; what is wrong is told with its line."""

import zipfile

import pytest

from orderwright.geo.import_file import import_postal_file
from orderwright.geo.read_file import MOST_PROBLEMS, FileRefused

HEAD = "country,postal_code,latitude,longitude\n"


def geonames(country, code, latitude, longitude, place="Somewhere"):
    return f"{country}\t{code}\t{place}\tState\tST\tCounty\t1\t\t\t{latitude}\t{longitude}\t4\n"


@pytest.fixture
def take(store, tmp_path):
    """Import a text, or bytes, as a file."""

    async def import_text(text, name="codes.csv", **options):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return await import_path(path, **options)

    async def import_path(path, **options):
        async with store.database.main.acquire() as connection:
            return await import_postal_file(connection, path, lambda _: None, **options)

    return import_text


@pytest.fixture
def kept(store):
    """What the table holds: by source, country and code, the position."""

    async def rows():
        found = await store.database.main.fetch("SELECT * FROM postal_location")
        return {(r["source"], r["country_code"], r["postal_code"]): (r["latitude"], r["longitude"]) for r in found}

    return rows


async def test_the_merchants_own_csv(take, kept):
    report = await take(HEAD + "gb,SW1A 1AA,51.501,-0.142\nUS,94105,37.7864,-122.3892\n")
    assert (report.source, report.rows, report.codes, report.countries) == ("Own", 2, 2, 2)
    assert await kept() == {("Own", "GB", "SW1A1AA"): (51.501, -0.142), ("Own", "US", "94105"): (37.7864, -122.3892)}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "Longitude;name;Latitude;Postal Code;Country Code\n-0.142;Palace;51.501;SW1A 1AA;GB\n", id="names"
        ),
        pytest.param("\ufeff" + HEAD + "GB,SW1A 1AA,51.501,-0.142\n", id="byte order mark"),
        pytest.param(HEAD.replace("\n", "\r\n") + '"GB","SW1A 1AA","51.501","-0.142"\r\n\r\n', id="quotes and CRLF"),
        pytest.param(HEAD + "GB,SW1A 1AA,51.501,-0.142", id="no newline at the end"),
    ],
)
async def test_other_ways_to_write_it(take, kept, text):
    await take(text)
    assert await kept() == {("Own", "GB", "SW1A1AA"): (51.501, -0.142)}


async def test_geonames_rows_without_a_position_are_skipped_and_counted(take, kept):
    report = await take(geonames("DE", "10115", 52.5323, 13.3846) + geonames("DE", "10117", "", ""), "DE.txt")
    assert (report.source, report.rows, report.skipped) == ("GeoNames", 1, 1)
    assert await kept() == {("GeoNames", "DE", "10115"): (52.5323, 13.3846)}


async def test_a_code_of_several_places_is_in_their_middle(take, kept):
    text = geonames("FR", "75001", 48, 2, "a") + geonames("FR", "75001", 50, 2, "b")
    report = await take(text, "FR.txt")
    assert (report.rows, report.codes) == (2, 1)
    assert await kept() == {("GeoNames", "FR", "75001"): pytest.approx((49, 2), abs=1e-6)}


async def test_the_middle_is_right_across_the_180th_meridian(take, kept):
    await take(geonames("FJ", "1", -17, 179) + geonames("FJ", "1", -17, -179), "FJ.txt")
    [(latitude, longitude)] = (await kept()).values()
    assert (latitude, abs(longitude)) == pytest.approx((-17, 180), abs=0.01)


async def test_a_quotation_mark_in_a_geonames_name_is_only_that(take, kept):
    await take(geonames("DE", "1", 1, 1, 'The "Place') + geonames("DE", "2", 2, 2, '"'), "DE.txt")
    assert set(await kept()) == {("GeoNames", "DE", "1"), ("GeoNames", "DE", "2")}


async def test_the_zip_that_geonames_offers(take, kept, tmp_path):
    packed = tmp_path / "packed"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("readme.txt", "about this")
        archive.writestr("DE.txt", geonames("DE", "10115", 52.5323, 13.3846))
    await take(packed.read_bytes(), "DE.zip")
    assert set(await kept()) == {("GeoNames", "DE", "10115")}


async def test_a_code_that_is_imported_again_is_placed_anew_and_others_stay(take, kept):
    await take(HEAD + "US,1,1,1\nUS,2,2,2\n")
    await take(HEAD + "US,2,3,3\n")
    assert await kept() == {("Own", "US", "1"): (1, 1), ("Own", "US", "2"): (3, 3)}


async def test_replace_forgets_what_the_same_source_said_before_and_nothing_else(take, kept):
    await take(HEAD + "US,1,1,1\n")
    await take(geonames("US", "1", 5, 5), "US.txt")
    await take(HEAD + "US,2,2,2\n", replace=True)
    assert await kept() == {("GeoNames", "US", "1"): (5, 5), ("Own", "US", "2"): (2, 2)}


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        pytest.param("USA,94105,1,1", "line 3: country is 'USA'", id="three letters"),
        pytest.param(",94105,1,1", "line 3: country is ''", id="no country"),
        pytest.param("US,,1,1", "line 3: postal code is ''", id="no code"),
        pytest.param("US,9*105,1,1", "line 3: postal code is '9*105'", id="no code either"),
        pytest.param("US,94105,90.01,1", "line 3: latitude is '90.01'", id="beyond the pole"),
        pytest.param("US,94105,1,-180.5", "line 3: longitude is '-180.5'", id="beyond the date line"),
        pytest.param("US,94105,nan,1", "line 3: latitude is 'nan'", id="not a number"),
        pytest.param("US,94105,,1", "line 3: latitude is ''", id="no latitude"),
        pytest.param("US,94105", "line 3: latitude is ''", id="too few columns"),
        pytest.param("US,94105,inf,1", "line 3: latitude is 'inf'", id="infinite"),
    ],
)
async def test_a_wrong_row_is_told_with_its_line_and_nothing_is_kept(take, kept, row, problem):
    with pytest.raises(FileRefused) as refusal:
        await take(f"{HEAD}US,1,1,1\n{row}\nUS,2,2,2\n")
    assert problem in str(refusal.value)
    assert await kept() == {}


async def test_every_wrong_row_is_told_up_to_a_limit(take):
    rows = ["XXX,1,1,1"] * 3
    with pytest.raises(FileRefused) as refusal:
        await take(HEAD + "\n".join(rows))
    assert [line.partition(":")[0] for line in str(refusal.value).splitlines()[1:]] == ["line 2", "line 3", "line 4"]
    with pytest.raises(FileRefused, match="There may be more") as refusal:
        await take(HEAD + "\n".join(rows * MOST_PROBLEMS))
    assert len(str(refusal.value).splitlines()) == MOST_PROBLEMS + 1


async def test_lines_are_counted_as_an_editor_counts_them(take):
    with pytest.raises(FileRefused, match="line 5:"):
        await take(HEAD.replace("\n", ",note\n") + '\nUS,1,1,1,"two\nlines"\nXXX,1,1,1,\n')


async def test_a_refused_file_leaves_what_was_there(take, kept):
    await take(HEAD + "US,1,1,1\n")
    with pytest.raises(FileRefused):
        await take(HEAD + "US,2,2,2\nXXX,1,1,1\n", replace=True)
    assert await kept() == {("Own", "US", "1"): (1, 1)}


async def test_the_own_file_may_say_the_same_twice_but_not_two_things(take, kept):
    await take(HEAD + "US,1,1,1\nUS,1,1,1\n")
    assert await kept() == {("Own", "US", "1"): (1, 1)}
    with pytest.raises(FileRefused, match="line 4: 1 of US has another position in line 2"):
        await take(HEAD + "US,1,1,1\nUS,2,2,2\nUS,1,3,3\n")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param("", "lacks country, postal_code, latitude, longitude", id="empty"),
        pytest.param("country,postal_code,lat\nUS,1,1\n", "lacks longitude", id="a column is missing"),
        pytest.param("US,94105,1,1\n", "lacks country", id="no names of columns"),
        pytest.param(HEAD.encode() + b"US,\xff,1,1\n", "UTF-8", id="another encoding"),
    ],
)
async def test_a_file_that_is_neither_format_is_refused(take, kept, content, problem):
    with pytest.raises(FileRefused, match=problem):
        await take(content)
    assert await kept() == {}


async def test_an_archive_of_several_files_is_refused(take, tmp_path):
    packed = tmp_path / "packed"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("DE.txt", geonames("DE", "1", 1, 1))
        archive.writestr("FR.txt", geonames("FR", "1", 1, 1))
    with pytest.raises(FileRefused, match="2 files"):
        await take(packed.read_bytes(), "both.zip")
