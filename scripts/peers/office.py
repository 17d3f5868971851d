"""The papers of `syncbench papers` written by python-docx and openpyxl: the same shapes and about the same texts.

    SCRIPT docx COUNT     score sheets of 44 items, a file each, merged cells, a repeated header; prints one line of JSON
    SCRIPT xlsx COUNT     one ledger of COUNT rows and 6 columns, in openpyxl's write-only mode
"""
import json
import os
import resource
import sys
import tempfile
import time
from importlib.metadata import version

SECTIONS = [5, 4, 2, 4, 5, 4, 5, 4, 4, 2, 3, 2]


def docx_sheet(path, unit):
    import docx
    from docx.oxml import OxmlElement

    document = docx.Document()
    document.add_heading("全面从严治党主体责任落实情况专项督查评分表", 1)
    document.add_paragraph(f"党总支名称：第{unit + 1}党支部\t日期：2026年9月28日")
    table = document.add_table(rows=sum(SECTIONS) + 2, cols=7, style="Table Grid")
    rows = [list(row.cells) for row in table.rows]
    for cell, text in zip(rows[0], ["序号", "项目", "督查内容及方式", "分值", "得分", "备注", "佐证材料"]):
        cell.text = text
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    row = 1
    for section, items in enumerate(SECTIONS):
        for column in (0, 1):
            cell = rows[row][column].merge(rows[row + items - 1][column])
            cell.text = f"事项{section + 1}落实情况"
        for index in range(items):
            cells = rows[row + index]
            cells[2].text = f"{index + 1}.围绕本事项建立清单，明确责任人和时限，每季度至少研究1次，查看会议记录。"
            cells[3].text = "2分"
            cells[4].text = "2"
            cells[5].text = "已建立清单，按季度研究并记录，材料齐全。" if index % 3 == 0 else ""
            cells[6].text = "会议记录（3月）.pdf" if index % 5 == 0 else ""
        row += items
    rows[row][0].merge(rows[row][2]).text = "合计"
    rows[row][3].text = "100分"
    rows[row][4].text = "88"
    document.save(path)


def docx(count, folder):
    for unit in range(count):
        docx_sheet(f"{folder}/{unit}.docx", unit)
    return sum(entry.stat().st_size for entry in os.scandir(folder)) / count


def xlsx(count, folder):
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("诊断情况工作台账")
    sheet.append(["序号", "党组织名称", "成功经验", "典型案例", "存在问题", "备注"])
    for serial in range(1, count + 1):
        sheet.append(
            [
                serial,
                f"第{serial % 600}党支部",
                f"主题党日固定在每月第一周，第 {serial} 次活动有签到和记录，到会率 96%。",
                f"师生结对共学，党员承诺践诺 {serial % 9} 次",
                f"记录不够及时，整改期限 {serial % 28 + 1} 日",
                "已销号" if serial % 5 == 0 else "",
            ]
        )
    path = f"{folder}/ledger.xlsx"
    book.save(path)
    return os.path.getsize(path)


work, count = sys.argv[1], int(sys.argv[2])
package = {"docx": "python-docx", "xlsx": "openpyxl"}[work]
__import__(work if work == "docx" else package)
with tempfile.TemporaryDirectory() as folder:
    start, processor = time.perf_counter(), time.process_time()
    size = {"docx": docx, "xlsx": xlsx}[work](count, folder)
    seconds = time.perf_counter() - start
print(
    json.dumps(
        {
            "values": {
                "seconds": seconds,
                "cpuSeconds": time.process_time() - processor,
                "perSecond": count / seconds,
                "bytes": size,
                "peakBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            },
            "notes": [f"{package} {version(package)}"],
        }
    )
)
