"""Parts of `relance simulate`: whom it is about, where lives come from, and the page that tells of it."""
