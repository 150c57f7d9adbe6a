// Addresses of one stream of the element-wise unit: two nested loops over lines.
//
// Function: for each job, for the outer and then the inner count, the line numbers of the stream in order; jobs follow each other.
// Latency: the first line of a job is offered two cycles after it. Throughput: one line per cycle, across jobs too.
// Back-pressure: a line is offered until taken_i; job_ready_o is low while two jobs wait.
// Registered: the line. job_ready_o and idle_o depend on registers and job_valid_i.
`include "dojo_assert.svh"
module elementwise_stream (
    input  logic        clk_i,
    input  logic        rst_ni,
    input  logic        job_valid_i,
    input  logic [14:0] job_line_i,
    input  logic [14:0] job_inner_stride_i,
    input  logic [14:0] job_outer_stride_i,
    input  logic [15:0] job_inner_count_i,
    input  logic [15:0] job_outer_count_i,
    output logic        job_ready_o,
    output logic        valid_o,
    output logic [14:0] line_o,
    output logic        last_o,   // of its job
    input  logic        taken_i,
    output logic        idle_o
);

  typedef struct packed {
    logic [14:0] line;
    logic [14:0] inner_stride;
    logic [14:0] outer_stride;
    logic [15:0] inner_count;
    logic [15:0] outer_count;
  } job_t;

  job_t        job_q[2];
  logic        write_q, read_q;
  logic [1:0]  count_q;

  job_t        walk_q;        // line: the start of the current inner loop; outer_count: left, this one included
  logic [15:0] inner_left_q;  // lines left in the inner loop, this one included
  logic        active;

  assign job_ready_o = 2'(count_q + 2'(job_valid_i)) < 2'd2;
  assign active      = job_valid_i || count_q != 2'd0 || valid_o;
  assign idle_o      = !active;
  assign last_o      = inner_left_q == 16'd1 && walk_q.outer_count == 16'd1;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      write_q <= 1'b0;
      read_q  <= 1'b0;
      count_q <= 2'd0;
      valid_o <= 1'b0;
    end else if (active) begin
      logic next;
      if (job_valid_i) begin
        job_q[write_q] <= '{line: job_line_i, inner_stride: job_inner_stride_i, outer_stride: job_outer_stride_i,
                            inner_count: job_inner_count_i, outer_count: job_outer_count_i};
        write_q <= !write_q;
      end
      next = count_q != 2'd0 && (!valid_o || (taken_i && last_o));
      count_q <= count_q + 2'(job_valid_i) - 2'(next);
      if (next) begin
        walk_q       <= job_q[read_q];
        line_o       <= job_q[read_q].line;
        inner_left_q <= job_q[read_q].inner_count;
        read_q       <= !read_q;
        valid_o      <= 1'b1;
      end else if (taken_i && last_o) begin
        valid_o <= 1'b0;
      end else if (taken_i && inner_left_q != 16'd1) begin
        line_o       <= line_o + walk_q.inner_stride;
        inner_left_q <= inner_left_q - 16'd1;
      end else if (taken_i) begin
        walk_q.line        <= walk_q.line + walk_q.outer_stride;
        walk_q.outer_count <= walk_q.outer_count - 16'd1;
        line_o             <= walk_q.line + walk_q.outer_stride;
        inner_left_q       <= walk_q.inner_count;
      end
    end
  end

  // Integration checks.
  `DOJO_ASSERT(JobHasRoom, !job_valid_i || count_q < 2'd2)
  `DOJO_ASSERT(JobIsNotEmpty, !job_valid_i || (job_inner_count_i != 16'd0 && job_outer_count_i != 16'd0))
  `DOJO_ASSERT(TakenIsOffered, !taken_i || valid_o)

endmodule
