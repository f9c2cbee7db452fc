"""The readers of badge codes take anything; `./fair bench reader` gives them 100,000 inputs."""

from tests.support.reader import Search


def test_no_reader_throws_and_both_read_alike() -> None:
    search = Search()
    search.run(300)
    assert len(search.read) >= 250
    assert search.twin_differs() == ""
