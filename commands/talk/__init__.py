"""What was said, on every branch: shown, switched, kept, searched, written to files and read from them."""
