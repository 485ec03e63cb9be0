"""Statistics over stored outcomes: frames in, frames and numbers out, never imports torch."""
