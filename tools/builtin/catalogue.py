"""The list of the tools that come with Homewit. Importing it imports all of them."""

from .arithmetic import calculate
from .clock import current_time, date_add, date_difference
from .currency import convert_currency, exchange_rate
from .everyday import EVERYDAY_TOOLS
from .files.documents import find_in_document, read_table
from .files.edits import edit_file, write_file
from .files.moves import copy_file, delete_file, make_folder, move_file
from .files.reading import list_files, read_file, search_files
from .money.expenses import add_expense, expense_report
from .personal.notes import add_note, search_notes
from .personal.reminders import set_reminder
from .personal.tasks import add_task, complete_task, list_tasks
from .shell import run_command, run_python
from .units import convert_units
from .web import fetch_page, find_on_page, web_search

BUILTIN_TOOLS = (
    calculate,
    convert_units,
    convert_currency,
    exchange_rate,
    current_time,
    date_difference,
    date_add,
    list_files,
    read_file,
    write_file,
    search_files,
    find_in_document,
    read_table,
    edit_file,
    move_file,
    copy_file,
    delete_file,
    make_folder,
    add_note,
    search_notes,
    add_task,
    list_tasks,
    complete_task,
    set_reminder,
    add_expense,
    expense_report,
    web_search,
    fetch_page,
    find_on_page,
    run_command,
    run_python,
    *EVERYDAY_TOOLS,
)
"""All of them, in the order in which they are listed."""
