"""What a question asks for, in the words of a caption; and the frames that it finds."""

import pytest
from tests.colour_encoder import ColourEncoder

from vidsense.account.about import times_about
from vidsense.account.looks import Looks
from vidsense.account.question import sought
from vidsense.source.file import open_video
from vidsense.source.synthetic import cut, plain, write_video
from vidsense.survey.survey import survey_video


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("When is a dog there?", ["a dog", "dog"]),
        ("Is there a bird in the picture?", ["a bird", "bird"]),
        ("When does the woman in red open the door?", ["the woman in red open the door", "woman in red open door"]),
        ("a dog, a cup and a lamp", ["a dog a cup and a lamp", "dog cup and lamp"]),
        ("When did it happen?", ["When did it happen?"]),
        ("What happens at the end of the video?", ["the end", "end"]),
        ("When?", ["When?"]),
        ("Wann kommt ein Hund?", ["wann kommt ein hund"]),
    ],
)
def test_only_what_could_be_seen_is_left(question, words):
    assert sought(question) == words


class Reader(ColourEncoder):
    """Keeps what it reads."""

    def embed_text(self, texts):
        self.read = list(texts)
        return super().embed_text(texts)


def test_frames_are_compared_with_what_is_sought_and_not_with_the_question(tmp_path):
    path = write_video(cut(plain((48, 64), 1.0, (200, 20, 20)), plain((48, 64), 1.0)), tmp_path / "short.mp4")
    with open_video(path) as stream:
        survey = survey_video(stream)
    reader = Reader()
    assert times_about(survey, Looks(path, reader), "When is a red wall there?", 1)
    assert reader.read == ["a red wall", "red wall"]
