"""The confusion matrix speaks the language of whoever reads it."""

from bot.languages import in_language
from bot.replies.confusion import confusion_matrix
from tests.bot.samples import model


def test_the_matrix_and_its_alt_text_are_translated() -> None:
    english = confusion_matrix(model())
    assert english.name == "confusion.png"
    assert english.alt == "Confusion matrix of 50 test thumbnails. Right: Nerdologia 24 of 25, Peixe Babel 24 of 25."
    with in_language("pt_BR"):
        portuguese = confusion_matrix(model())
    assert portuguese.alt.startswith("Matriz de confusão de 50 miniaturas de teste.")
    assert portuguese.png != english.png
