# A session as in docs/debugging.md; gdb_test.cpp expects what it prints.
break scale thread 13
continue
backtrace
# The row has been read, multiplied and is on its way to the SRAM.
stepi 4
printf "v8 = "
output $v8.f
printf "\n"
# Back to the multiplication: what it reads.
reverse-stepi
reverse-stepi
printf "back at the multiplication, %#lx\n", $pc
printf "v8 = "
output $v8.f
printf "\n"
delete
watch *(unsigned long *) 0x4000018
continue
monitor semaphores
reverse-continue
reverse-continue
monitor where
delete
tbreak tell_next
continue
delete
continue
