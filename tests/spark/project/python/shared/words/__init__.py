"""How names are written."""

from shared.words.spelling import bare
