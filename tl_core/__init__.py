"""The engine of Transfer Lab: everything except the pages."""
