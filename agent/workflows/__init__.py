"""Workflows: YAML files whose steps run like the plan of a request, without a model writing it.

A ``Workflow`` (``model``) is a plan whose arguments may also refer to inputs. The ways to and from it:

- ``Workflow.of(plan, name)`` and ``Workflow.plan()``: from and to a ``Plan``
- ``saving.workflow_of_run(log, words, tools, name)``: from the log of a run, with what the user typed as
  inputs; ``saving.with_inputs(flow, is_input, tools)`` makes inputs of chosen values of any workflow
- ``reading.read_workflow(text, name)`` and ``writing.write_workflow(flow)``: from and to a file's text, which
  give the same workflow back; ``checking.check_text(text, name, tools)`` says all that is wrong with it
- ``folder.WorkflowFolder``: those that are kept by name
- ``starting.Start(text, name, own, given)``, handed to ``Runner.start_workflow``: a run, carried out by
  ``carrying`` with the executor, ledger and policy of every plan
"""
