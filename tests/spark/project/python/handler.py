rows = df.count()
print(f"batch {batch_id}: {rows}")
