"""Words of students in Markdown: every title, note, class, file name and sentence around one goes through `plain`."""

from tl_core.base.markup import plain as plain
