"""What people brought: read, checked and kept on the disk."""
