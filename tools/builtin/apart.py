"""Which of Homewit's own tools run in processes of their own; what is not named here runs in the host."""

from .calendar.files import import_calendar
from .contacts.files import import_contacts
from .files.documents import find_in_document, read_table
from .files.reading import read_file, search_files
from .mail.reading import list_mail, read_mail, read_thread, save_attachment, search_mail
from .mail.sending import draft_mail, send_mail
from .money.statements import import_statement, preview_statement
from .web import fetch_page, find_on_page, web_search

TAKES_FILES_APART = (
    read_file,
    search_files,
    find_in_document,
    read_table,
    preview_statement,
    import_statement,
    import_calendar,
    import_contacts,
)
"""What strangers wrote into files is taken apart in a process of its own, which has no network."""

TAKES_PAGES_APART = (web_search, fetch_page, find_on_page)
"""What pages say is taken apart in another one, which has a network and sees no files of the user."""

TAKES_MAIL_APART = (
    list_mail,
    search_mail,
    read_mail,
    read_thread,
    save_attachment,
    draft_mail,
    send_mail,
)
"""What mail servers answer is taken apart in a third one, which has both, for attachments. All other tools
compute, or work with Homewit's own database, and run in the host.
"""
