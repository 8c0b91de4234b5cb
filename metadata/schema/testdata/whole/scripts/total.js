function main() { return {sum: dec(0)} }
