"""The tools for notes, money, calendar, contacts and mail that came after the bundled model was trained."""

from .calendar.agenda import list_events, search_events
from .calendar.events import add_event, cancel_event, edit_event, move_event
from .calendar.files import export_calendar, import_calendar
from .calendar.free_time import find_free_time
from .calendar.server import sync_calendar
from .contacts.files import export_contacts, import_contacts
from .contacts.people import add_contact, delete_contact, edit_contact, find_contacts
from .contacts.server import sync_contacts
from .mail.reading import list_mail, read_mail, read_thread, save_attachment, search_mail
from .mail.sending import draft_mail, send_mail
from .money.budgets import budget_report, remove_budget, set_budget
from .money.expenses import delete_expense, edit_expense, list_expenses
from .money.reports import monthly_report, save_spending_chart
from .money.statements import import_statement, preview_statement
from .personal.notes import delete_note, edit_note, tag_note
from .personal.reminders import cancel_reminder, list_reminders, move_reminder
from .personal.tasks import delete_task, edit_task, reopen_task

EVERYDAY_TOOLS = (
    edit_note,
    tag_note,
    delete_note,
    reopen_task,
    edit_task,
    delete_task,
    list_reminders,
    move_reminder,
    cancel_reminder,
    list_expenses,
    edit_expense,
    delete_expense,
    set_budget,
    remove_budget,
    budget_report,
    monthly_report,
    save_spending_chart,
    preview_statement,
    import_statement,
    list_events,
    search_events,
    add_event,
    move_event,
    edit_event,
    cancel_event,
    find_free_time,
    import_calendar,
    export_calendar,
    sync_calendar,
    find_contacts,
    add_contact,
    edit_contact,
    delete_contact,
    import_contacts,
    export_contacts,
    sync_contacts,
    list_mail,
    search_mail,
    read_mail,
    read_thread,
    save_attachment,
    draft_mail,
    send_mail,
)
"""In the order in which they are listed, behind those that the bundled model knows by heart."""
