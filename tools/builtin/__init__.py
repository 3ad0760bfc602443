"""The tools that come with Homewit, one module per family."""

from .arithmetic import calculate
from .clock import current_time, date_add, date_difference
from .files import list_files, read_file, search_files, write_file
from .money.budgets import budget_report, remove_budget, set_budget
from .money.expenses import add_expense, delete_expense, edit_expense, expense_report, list_expenses
from .money.reports import monthly_report, save_spending_chart
from .money.statements import import_statement, preview_statement
from .personal.notes import add_note, delete_note, edit_note, search_notes, tag_note
from .personal.reminders import cancel_reminder, list_reminders, move_reminder, set_reminder
from .personal.tasks import (
    add_task,
    complete_task,
    delete_task,
    edit_task,
    list_tasks,
    reopen_task,
)
from .shell import run_command
from .units import convert_units
from .web import fetch_page, web_search

BUILTIN_TOOLS = (
    calculate,
    convert_units,
    current_time,
    date_difference,
    date_add,
    list_files,
    read_file,
    write_file,
    search_files,
    add_note,
    search_notes,
    edit_note,
    tag_note,
    delete_note,
    add_task,
    list_tasks,
    complete_task,
    reopen_task,
    edit_task,
    delete_task,
    set_reminder,
    list_reminders,
    move_reminder,
    cancel_reminder,
    add_expense,
    expense_report,
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
    web_search,
    fetch_page,
    run_command,
)
"""All of them, in the order in which they are listed."""

READS_FOREIGN_TEXT = frozenset({"read_file", "search_files", "web_search", "fetch_page"})
"""Those that take apart what strangers wrote, with libraries that may choke on it: they run in a worker. The
others compute, or work with Homewit's own database, and run in the host."""
