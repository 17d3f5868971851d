"""Fills a form as a person in WPS would: finds the row of an item by its text and writes into cells by their heading.

fill.py FILE OUT CHANGE…, where a change is TEXT<TAB>HEADING<TAB>VALUE, or one of
  +row<TAB>TABLE HEADING<TAB>HEADING=VALUE;…   writes into the first empty row of the table with that heading
  -row<TAB>TEXT                                deletes the row
  +column<TAB>HEADING                          adds a column at the right of the first table

A VALUE that begins with < is put before what stands in the cell.
"""
import sys
from pathlib import Path


def same(left, right):
    return "".join(str(left or "").split()) == "".join(right.split())


def written(value, before):
    return value[1:] + str(before or "") if value.startswith("<") else value


def docx(source, target, changes):
    import docx as library

    document = library.Document(source)
    for change in changes:
        verb = change[0]
        if verb == "+row":
            table = next(t for t in document.tables if any(same(c.text, change[1]) for c in t.rows[0].cells))
            headings = [c.text for c in table.rows[0].cells]
            row = next(r for r in table.rows[1:] if not any(c.text.strip() for c in r.cells))
            for pair in change[2].split(";"):
                heading, value = pair.split("=")
                row.cells[next(i for i, h in enumerate(headings) if same(h, heading))].text = value
        elif verb == "+column":
            table = document.tables[0]
            table.add_column(914400)
            table.rows[0].cells[-1].text = change[1]
        elif verb == "-row":
            row = next(r for t in document.tables for r in t.rows if any(change[1] in c.text for c in r.cells))
            row._tr.getparent().remove(row._tr)
        else:
            table, row = next(
                (t, r) for t in document.tables for r in t.rows if any(c.text.endswith(verb) for c in r.cells))
            heading = next(i for i, c in enumerate(table.rows[0].cells) if same(c.text, change[1]))
            row.cells[heading].text = written(change[2], row.cells[heading].text)
    document.save(target)


def xlsx(source, target, changes):
    import openpyxl

    book = openpyxl.load_workbook(source)
    for text, heading, value in changes:
        sheet, row, cell = next(
            (s, r, c) for s in book for r in s.iter_rows() for c in r if str(c.value or "").endswith(text))
        header = next(r for r in sheet.iter_rows() if any(same(c.value, heading) for c in r))
        column = next(c.column for c in header if same(c.value, heading))
        value = written(value, sheet.cell(cell.row, column).value)
        sheet.cell(cell.row, column).value = float(value) if value.replace(".", "", 1).isdigit() else value
    book.save(target)


source, target = sys.argv[1:3]
changes = [change.split("\t") for change in sys.argv[3:]]
(docx if Path(source).suffix == ".docx" else xlsx)(source, target, changes)
