"""Opens a .docx with python-docx and an .xlsx with openpyxl: implementations that share nothing with ours.

Takes the paths of both, prints as JSON what they hold.
"""

import json
import sys

import docx
import openpyxl
from docx.oxml.ns import qn


def word(path):
    document = docx.Document(path)
    table = document.tables[0]
    rows = table._tbl.tr_lst
    flags = [{flag.tag for flag in row.trPr} for row in rows]
    return {
        "title": document.core_properties.title,
        "rows": len(table.rows),
        "merged": table.cell(1, 0)._tc is table.cell(5, 0)._tc and table.cell(1, 0)._tc is not table.cell(6, 0)._tc,
        "headerRows": sum(qn("w:tblHeader") in flag for flag in flags),
        "keptTogether": sum(qn("w:cantSplit") in flag for flag in flags),
        "widths": [int(column.get(qn("w:w"))) for column in table._tbl.tblGrid.gridCol_lst],
        "texts": [cell.text for row in table.rows for cell in row.cells],
        "landscape": [section.page_width > section.page_height for section in document.sections],
        "footer": document.sections[0].footer.paragraphs[0].text,
        "fonts": {
            style.style_id: style.element.rPr.rFonts.get(qn("w:eastAsia"))
            for style in document.styles
            if style.element.find(qn("w:rPr")) is not None and style.element.rPr.rFonts is not None
        },
    }


def book(path):
    workbook = openpyxl.load_workbook(path)
    values = openpyxl.load_workbook(path, data_only=True)
    sheet = workbook.worksheets[0]
    sums = [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    return {
        "sheets": workbook.sheetnames,
        "merged": [str(cells) for cells in sheet.merged_cells.ranges],
        "formulas": [cell.value for cell in sums],
        "cached": [values.worksheets[0][cell.coordinate].value for cell in sums],
        "types": [cell.data_type for cell in sheet[5]],
        "frozen": sheet.freeze_panes,
        "titleRows": sheet.print_title_rows,
        "area": sheet.print_area,
        "properties": {prop.name: prop.value for prop in workbook.custom_doc_props.props},
        "formats": [cell.number_format for cell in sums],
        "landscape": [page.page_setup.orientation or "portrait" for page in workbook.worksheets],
    }


print(json.dumps({"word": word(sys.argv[1]), "book": book(sys.argv[2])}, ensure_ascii=False))
