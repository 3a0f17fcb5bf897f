"""Status packs that go out by themselves: to whom, when, with which words, and what came of it."""
