"""What is odd about a data set, as pictures: copies, small and blank ones; and the files that were refused."""

from __future__ import annotations

import streamlit as st

from pages.shared.widgets import contact_sheet
from pages.shared.widgets.markdown import plain
from tl_core.base.wording import many
from tl_core.uploads import quality
from tl_core.uploads.kinds import KINDS
from tl_core.uploads.records import Manifest, Report, Rows

GROUPS, TILES = 12, 24  # on one screen


def draw(manifest: Manifest, rows: Rows, report: Report) -> None:
    """One expander for each kind that there is."""
    copies = quality.copies(rows)
    small, blank = quality.small(rows), [i for i, even in enumerate(rows.blank) if even]
    if copies:
        across = sum(len({rows.labels[i] for i in group}) > 1 for group in copies)
        words = f", {across:,} of them across classes" if across else ""
        with st.expander(f"{many(len(copies), 'group')} of copies{words}", icon=":material/content_copy:"):
            _copies(manifest, rows, copies)
    for ids, words in ((small, f"smaller than {quality.SMALL} pixels"), (blank, "of a single colour")):
        if ids:
            with st.expander(f"{many(len(ids), 'picture')} {words}", icon=":material/blur_on:"):
                st.html(contact_sheet.sheet(manifest.id, rows, ids[:TILES], f"Pictures {words}"))
                if len(ids) > TILES:
                    st.caption(f"and {len(ids) - TILES:,} more")
    if report.rejected:
        with st.expander(
            f"{many(len(report.rejected), KINDS[manifest.modality].piece)} refused", icon=":material/block:"
        ):
            refused(report.rejected)
    if report.skipped:
        st.caption(f"{many(report.skipped, 'hidden or system file')} skipped.")


def refused(rejected: tuple[tuple[str, str], ...]) -> None:
    """Every file that was refused, with its reason."""
    st.dataframe(
        {"File": [file for file, _ in rejected], "Reason": [reason for _, reason in rejected]}, hide_index=True
    )


def _copies(manifest: Manifest, rows: Rows, copies: list[list[int]]) -> None:
    st.caption("Copies stay on one side of the split; copies in more than one class are never used for testing.")
    pages = -(-len(copies) // GROUPS)
    here = st.container()
    first = (st.pagination(pages, key=f"copies_{manifest.id}") - 1) * GROUPS if pages > 1 else 0
    names = list(manifest.classes)
    with here:
        for group in copies[first : first + GROUPS]:
            labels = dict.fromkeys(names[rows.labels[i]] for i in group)
            same = "Exactly the same" if len({rows.digests[i] for i in group}) == 1 else "Nearly the same"
            side = "held out for the test" if rows.is_test[group[0]] else "trained on"
            st.markdown(f"{same}, in {plain(' and '.join(labels))}; {side}")
            st.html(contact_sheet.sheet(manifest.id, rows, group[:TILES], f"{len(group)} copies"))
