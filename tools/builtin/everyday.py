"""The tools for notes, money, calendar, contacts and mail that came after the bundled model was trained."""

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
)
"""In the order in which they are listed, behind those that the bundled model knows by heart."""
