"""Status packs: asked for, built outside the request, kept, listed and checked."""
