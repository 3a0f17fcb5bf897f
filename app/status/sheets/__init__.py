"""The status pack as an Excel workbook: one file a sheet, put together in `workbook.py`."""
